-- The load: chat requests of a given size, all the same or no two alike, and one line of results at the end.
--   wrk -s chat.lua URL -- BYTES same|unique SEED

local head = '{"model":"gpt-4o-mini","temperature":0,"messages":[{"role":"user","content":"'
local tail = '"}]}'
local prefix, filler, fixed
local count = 0

function init(args)
    local bytes, kind, seed = tonumber(args[1]), args[2], args[3]
    prefix = "run " .. seed .. " question "
    filler = string.rep(" word", math.ceil(bytes / 5)):sub(1, bytes - #head - #tail - #prefix - 10)
    wrk.headers["content-type"] = "application/json"
    wrk.headers["authorization"] = "Bearer sk-bench"
    if kind == "same" then fixed = post(0) end
end

function post(number)
    return wrk.format("POST", nil, nil, head .. prefix .. string.format("%010d", number) .. filler .. tail)
end

function request()
    if fixed then return fixed end
    count = count + 1
    return post(count)
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        "RESULT requests=%d microseconds=%d failures=%d p50=%d p99=%d p999=%d\n", summary.requests, summary.duration,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
