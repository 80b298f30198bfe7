-- setup() chooses the address of each thread; the thread tells which one it got.
local accepting

function setup(thread)
  accepting = accepting or wrk.lookup(wrk.host, wrk.port)
  for _, addr in ipairs(accepting) do
    if wrk.connect(addr) then thread.addr = addr end
  end
end

function init()
  io.write("to ", tostring(wrk.thread.addr), "\n")
end
