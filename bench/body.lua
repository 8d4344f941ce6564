-- The requests that wrk sends: bodies of BENCH_IMAGES seeds that differ from request to request. Prints one line of figures.
local images = tonumber(os.getenv("BENCH_IMAGES"))
local model = os.getenv("BENCH_MODEL")
local is_v2 = os.getenv("BENCH_PROTOCOL") == "v2"
local seed = tonumber(os.getenv("BENCH_FIRST_SEED"))
local bodies, turn = {}, 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = os.getenv("BENCH_ACCEPT")

-- Made before the clock starts, so that making them takes no processor time from the servers.
function init()
  for i = 1, 64 do
    local seeds = {}
    for j = 1, images do
      seed = seed + 1
      seeds[j] = seed
    end
    local list = "[" .. table.concat(seeds, ",") .. "]"
    local body = '{"model":"' .. model .. '","seeds":' .. list .. '}'
    if is_v2 then
      body = '{"inputs":[{"name":"seeds","shape":[1,' .. images .. '],"datatype":"INT64","data":[' .. list .. ']}]}'
    end
    bodies[i] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'figures {"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "errors": %d, "bytes": %d}',
    summary.requests - errors.status, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, summary.bytes))
end
