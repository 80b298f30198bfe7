-- Several requests in one write.
local all = {}

function init()
  for _, page in ipairs({ "one", "two", "three", "four" }) do
    all[#all + 1] = wrk.format("GET", "/" .. page)
  end
end

function request()
  return table.concat(all)
end
