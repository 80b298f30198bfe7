-- Ends its thread after the seventh response.
local answered = 0

function response()
  answered = answered + 1
  if answered == 7 then wrk.thread:stop() end
end
