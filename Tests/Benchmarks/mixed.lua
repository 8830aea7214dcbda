-- A mix of everything, in turns of twenty: 11 requests from a thousand that repeat, 5 new ones, 2 new streams, one that
-- the provider fails and one whose JSON is broken. One line of results at the end.
--   wrk -s mixed.lua URL -- SEED

local head = '{"model":"gpt-4o-mini","temperature":0,%s"messages":[{"role":"user","content":"'
local tail = string.rep(" word", 120) .. '"}]}'
local seed
local count = 0
local path = "/v1/chat/completions"

local function chat(text, stream)
    return wrk.format("POST", path, nil, head:format(stream and '"stream":true,' or "") .. text .. tail)
end

function init(args)
    seed = args[1]
    wrk.headers["content-type"] = "application/json"
    wrk.headers["authorization"] = "Bearer sk-bench"
end

function request()
    count = count + 1
    local turn = count % 20
    if turn < 11 then return chat("again " .. (count * 7) % 1000) end
    if turn < 16 then return chat(seed .. " new " .. count) end
    if turn < 18 then return chat(seed .. " stream events=10 " .. count, true) end
    if turn == 18 then return chat(seed .. " status=500 " .. count) end
    return wrk.format("POST", path, nil, '{"model": broken ' .. count)
end

function done(summary)
    local errors = summary.errors
    io.write(string.format(
        "RESULT requests=%d status=%d broken=%d\n", summary.requests, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
