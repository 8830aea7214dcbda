import Gateway
import Routing
import TestSupport

var reader = TaskFeatureReader()
var right = [0, 0]
var count = [0, 0]
for request in try LabelledRequest.all() {
    guard let features = reader.features(of: request.body.span) else { fatalError(request.id) }
    let v = TaskClassifier.classify(features)
    let half = request.isHeldBack ? 1 : 0
    count[half] += 1
    if v.task == request.task {
        right[half] += 1
    } else if half == 0 {
        print(request.id, "->", v.task, v.confidence, v.reason(reader.cues))
    }
    if CommandLine.arguments.contains("dump") {
        let s = TaskSignal.values(of: features)
        print("DUMP", half, request.id, request.task, s.indices.map { "\(s[$0])" }.joined(separator: ","))
    }
}
print(right, count, right.indices.map { Double(right[$0]) / Double(count[$0]) })
