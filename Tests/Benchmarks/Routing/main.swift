// How well and how fast requests are routed, and what that saves: the confusion matrix of the labelled set, the time of a
// decision, and the expected cost beside that of one model for all.
//
//     routing-bench [--write FILE]
//
// --write puts the tables between the marks in FILE, which is docs/routing.md.
import Gateway
import Platform
import Routing
import TestSupport

let requests = try LabelledRequest.all()
var reader = TaskFeatureReader()
var tuned = ConfusionMatrix()
var held = ConfusionMatrix()
var savings = try Savings(beside: "gpt-4o")
for request in requests {
    guard let features = reader.features(of: request.body.span) else { fatalError("\(request.id) is no JSON object") }
    let verdict = TaskClassifier.classify(features)
    try savings.note(request.task, features, takenFor: verdict.task)
    if request.isHeldBack {
        held.note(request.task, takenFor: verdict.task)
    } else {
        tuned.note(request.task, takenFor: verdict.task)
        if verdict.task != request.task {
            print("\(request.id) was taken for \(verdict.task): \(verdict.reason(reader.cues))")
        }
    }
}

let time = DecisionTime.measure(&reader)
let report = """
    Of the requests that were held back, \(held.right) of \(held.count) are told (\(held.percent) %); of those that cues \
    and weights were tuned by, \(tuned.right) of \(tuned.count) (\(tuned.percent) %). Held back, by row what was asked, by \
    column what it was taken for:

    \(held.table)

    A decision for a request of \(time.bytes) bytes (scan, features, verdict, complexity, plan among \(time.models) models) \
    takes \(time.microseconds) µs: \(time.passes) times a plain pass over its bytes, in the same run.

    What the \(requests.count) requests of the set cost under the default configuration, by the catalogue's prices, expected as \
    long answers for every model, in dollars for a thousand requests of each task:

    \(savings.markdown)
    """
print(report)

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "--write" {
    try GeneratedPart.write(report, by: "make bench-routing", into: arguments[2])
}
if time.nanoseconds > 20_000 { print("FAILED: a decision shall take less than 20 µs") }
