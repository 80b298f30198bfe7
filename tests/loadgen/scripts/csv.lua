-- A report of its own, from everything that done() is given.
function done(summary, latency, requests)
  io.write("report\n")
  for _, field in ipairs({ "duration", "requests", "bytes" }) do
    io.write(string.format("%s,%d\n", field, summary[field]))
  end
  for _, field in ipairs({ "connect", "read", "write", "status", "timeout" }) do
    io.write(string.format("errors.%s,%d\n", field, summary.errors[field]))
  end
  for _, field in ipairs({ "min", "max", "mean", "stdev" }) do
    io.write(string.format("latency.%s,%.2f\n", field, latency[field]))
    io.write(string.format("requests.%s,%.2f\n", field, requests[field]))
  end
  for _, percent in ipairs({ 50, 90, 99, 99.9 }) do
    io.write(string.format("p%g,%d\n", percent, latency:percentile(percent)))
  end
  local value, count = latency(1)
  io.write(string.format("first,%d,%d of %d\n", value, count, #latency))
end
