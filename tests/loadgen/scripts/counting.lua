-- Another path and header value each time; the prefix comes from the command line.
local sent, prefix = 0, ""

function init(args)
  prefix = args[1] or ""
end

function request()
  sent = sent + 1
  wrk.headers["X-Sent"] = sent
  return wrk.format(nil, "/" .. prefix .. sent)
end
