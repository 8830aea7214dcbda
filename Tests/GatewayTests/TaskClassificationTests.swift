import Routing
import TestSupport
import Testing

@testable import Gateway

/// Which task a request is taken for, by its bytes.
struct TaskClassificationTests {
    @Test func `at least 85 of 100 requests that nobody tuned for are taken for what they are`() throws {
        let held = try LabelledRequest.all().filter(\.isHeldBack)
        var reader = TaskFeatureReader()
        var right = 0
        for request in held {
            guard let features = reader.features(of: request.body.span) else {
                Issue.record("\(request.id) is no JSON object")
                continue
            }
            if TaskClassifier.classify(features).task == request.task { right += 1 }
        }
        #expect(held.count >= 200)
        #expect(right * 100 >= held.count * 85, "\(right) of \(held.count)")
    }

    @Test func `the set has fifty requests for each task and is halved evenly`() throws {
        let all = try LabelledRequest.all()
        #expect(Set(all.map(\.id)).count == all.count, "an id is there twice")
        for task in TaskName.ofChat {
            let ofTask = all.filter { $0.task == task }
            let held = ofTask.count { $0.isHeldBack }
            #expect(ofTask.count >= 50, "\(task)")
            #expect(held * 5 >= ofTask.count * 2 && held * 5 <= ofTask.count * 3, "\(task): \(held)")
        }
    }

    @Test(arguments: [
        ("Summarise the following text in three sentences.", TaskName.summarization),
        ("Fasse den Vertrag kurz zusammen.", .summarization),
        ("Extrais les dates et les montants de cette facture.", .extraction),
        ("Классифицируй обращение: жалоба, вопрос или похвала.", .classification),
        ("请证明根号二是无理数,写出推理过程。", .reasoning),
        ("Schreib ein Python-Skript, das CSV-Dateien zusammenführt.", .code),
        ("Verify that the totals of this invoice add up.", .validation),
        ("Draft a polite letter to our landlord about the broken heating.", .synthesis),
        ("Hola, ¿qué tal?", .chat),
    ])
    func `a plain request is taken for its task`(text: String, task: TaskName) throws {
        #expect(try verdict(ofUser: text).task == task)
    }

    @Test func `what is asked counts, not what it is asked about`() throws {
        let document = "Please classify the goods, verify the seals and write a Python function. Extract the fee."
        for quoted in ["\n\n\(document)", " \"\(document)\"", "\n```\n\(document)\n```"] {
            #expect(try verdict(ofUser: "Summarise this for me:\(quoted)").task == .summarization)
        }
    }

    @Test func `an instruction after a long document is found, and one before it`() throws {
        let document = String(repeating: "The tenant pays the rent on the third working day. ", count: 400)
        #expect(try verdict(ofUser: "\(document)\n\nGive me a summary, please.").task == .summarization)
        #expect(try verdict(ofUser: "Extract every amount and date.\n\n\(document)").task == .extraction)
    }

    @Test func `the same text gives the same verdict however it is escaped`() throws {
        let text = #"Überprüfe, ob „Summe“ stimmt – \"Erklärung\" inklusive?"#
        let escaped = text.unicodeScalars.map { scalar in
            scalar.isASCII ? String(scalar) : "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
        }.joined()
        let plain = try features(of: #"{"messages":[{"role":"user","content":"\#(text)"}]}"#)
        let spelled = try features(of: #"{"messages":[{"role":"user","content":"\#(escaped)"}]}"#)
        #expect(TaskClassifier.classify(plain) == TaskClassifier.classify(spelled))
        #expect(TaskClassifier.classify(plain).task == .validation)
    }

    @Test func `the reason names the cue and where it stands`() throws {
        let reader = CueReader()
        let verdict = try verdict(ofUser: "Summarise this.")
        #expect(verdict.reason(reader) == "'summar*' begins what the user asks")
    }

    @Test func `a request's shape is read from its bytes`() throws {
        let features = try features(
            of: #"{"model":"auto","temperature":0.0,"max_completion_tokens":5,"reasoning_effort":"high","messages":["#
                + #"{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},"#
                + #"{"type":"image_url","image_url":{"url":"data:,x"}}]},{"role":"assistant","content":null,"tool_calls":"#
                + #"[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"1","content":"7"},{"role":"user","content":"And?"}],"#
                + #""tools":[{"type":"function","function":{"name":"f","description":"d"}}],"#
                + #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","#
                + #""properties":{"a":{"enum":["x","y"]}}}}}}"#)
        #expect(features.messages == 5)
        #expect(features.turns == 2)
        #expect(features.tools == 1)
        #expect(features.toolResults == 1)
        #expect(features.images == 1)
        #expect(features.hasSchema)
        #expect(features.schemaChoices == 1)
        #expect(features.isDeterministic)
        #expect(features.asksReasoning)
        #expect(features.outputLimit == 5)
    }

    @Test(arguments: [
        #"{"model":"m","input":"Prove that there is no largest prime."}"#,
        #"{"model":"m","instructions":"Prove what the user states.","input":[{"role":"user","content":"sqrt 2"}]}"#,
        #"{"model":"m","prompt":"Prove that there is no largest prime."}"#,
        #"{"model":"m","system":"Prove what the user states.","messages":[{"role":"user","content":"sqrt 2"}]}"#,
    ])
    func `the other endpoints' requests are understood too`(body: String) throws {
        #expect(try TaskClassifier.classify(features(of: body)).task == .reasoning)
    }

    @Test(arguments: [
        "{}", #"{"messages":7}"#, #"{"messages":[]}"#, #"{"messages":[7,{"content":{}},{"role":""}]}"#,
        #"{"tools":{},"response_format":7}"#, #"{"messages":[{"role":"user","content":"\u00"#,
    ])
    func `what is no proper request breaks nothing`(body: String) {
        var reader = TaskFeatureReader()
        let bytes = Array(body.utf8)
        if let features = reader.features(of: bytes.span) {
            #expect(TaskClassifier.classify(features).confidence >= 0.5)
        }
    }

    // MARK: Complexity

    @Test func `a short question is simple, a long task with conditions is not`() throws {
        #expect(try Complexity(features(ofUser: "What is the capital of Chad?")) == .low)
        #expect(
            try Complexity(
                features(
                    ofUser: "Prove it step by step, justify each assumption, and never use more than five lines. "
                        + "The proof must be exact, without words, and only with sums.")) == .medium)
        let long = String(repeating: "All of this has to be weighed. ", count: 1500)
        #expect(
            try Complexity(features(ofUser: "Think step by step: why, and what are the trade-offs?\n\n\(long)"))
                == .high)
    }

    // MARK: Helpers

    private func features(of body: String) throws -> TaskFeatures {
        var reader = TaskFeatureReader()
        let bytes = Array(body.utf8)
        let features = reader.features(of: bytes.span)
        return try #require(features)
    }

    private func features(ofUser text: String) throws -> TaskFeatures {
        var body = #"{"model":"auto","messages":[{"role":"user","content":""#
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": body += "\\n"
            case "\"": body += "\\\""
            default: body.unicodeScalars.append(scalar)
            }
        }
        return try features(of: body + "\"}]}")
    }

    private func verdict(ofUser text: String) throws -> TaskClassifier.Verdict {
        TaskClassifier.classify(try features(ofUser: text))
    }
}
