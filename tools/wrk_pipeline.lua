-- wrk -s wrk_pipeline.lua URL -- DEPTH: so many requests joined in one write, as pipelining is done with wrk.
init = function(args)
  local requests = {}
  for i = 1, tonumber(args[1] or 24) do requests[i] = wrk.format() end
  joined = table.concat(requests)
end
request = function() return joined end
