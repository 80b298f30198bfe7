-- Data to the threads in setup(), and back from them in done().
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
  thread:set("notes", { "a", 2.5 })
end

function init()
  made, answered = 0, 0
  wrk.headers["X-Number"] = number
  wrk.headers["X-Notes"] = notes[1] .. notes[2]
  prepared = wrk.format()
end

function request()
  made = made + 1
  return prepared
end

function response()
  answered = answered + 1
end

function done()
  for _, thread in ipairs(threads) do
    local lost = thread:get("made") - thread:get("answered")
    print(string.format("thread %d: %s", thread:get("number"), lost <= 2 and "all answered" or "lost " .. lost))
  end
end
