-- Logs in once and sends what the response gave with every later request.
local session

function request()
  if session then return wrk.format("GET", "/inside", { ["X-Session"] = session }) end
  return wrk.format("GET", "/login")
end

function response(status, headers, body)
  if not session and status == 200 and body == "welcome" then session = headers["X-Session"] end
end
