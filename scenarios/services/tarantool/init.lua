-- The pages' database in Tarantool 2.6, with the same spaces, the same rows and the same procedures as
-- hotlap-tuplestore (targets/tuplestore/provision.cpp generates its rows by the algorithm below; a test compares both).
-- Started in the foreground: HOTLAP_PORT=3311 HOTLAP_WORK_DIR=/some/private/folder tarantool init.lua
-- The port opens before the data is there: ready is who answers true to hotlap_ready().

local port = assert(tonumber(os.getenv('HOTLAP_PORT')), 'HOTLAP_PORT must name the port to listen on')
local work_dir = assert(os.getenv('HOTLAP_WORK_DIR'), 'HOTLAP_WORK_DIR must name an empty, writable folder')

function hotlap_ready() return false end

box.cfg{
    listen = '127.0.0.1:' .. port,
    work_dir = work_dir,
    wal_mode = 'none',            -- the disk is no part of the question
    memtx_memory = 256 * 1024 * 1024,
    net_msg_max = 4096,           -- the default of 768 stops reading under deep pipelines
    readahead = 1024 * 1024,
    checkpoint_interval = 0,
    log_level = 'warn',
}

-- Each index is {name, type, unique, field, field's type [, field, field's type]}.
local function space(name, id, indexes)
    local created = box.schema.space.create(name, {id = id})
    for _, index in ipairs(indexes) do
        local parts = {}
        for at = 4, #index, 2 do table.insert(parts, {index[at], index[at + 1]}) end
        created:create_index(index[1], {type = index[2], unique = index[3], parts = parts})
    end
    return created
end

local stickers = space('stickers', 512, {
    {'p_name', 'TREE', true, 1, 'string'},
    {'s_rating', 'TREE', false, 2, 'integer'},
    {'s_pack_url', 'TREE', false, 4, 'string'},
})
local packs = space('packs', 513, {
    {'p_name', 'HASH', true, 1, 'string'},
    {'s_rating', 'TREE', false, 2, 'integer'},
})
space('secret', 514, {
    {'p_md5', 'HASH', true, 1, 'string'},
    {'s_time', 'TREE', false, 2, 'integer'},
})
space('sessions', 515, {
    {'p_uuid', 'HASH', true, 1, 'string'},
    {'s_time', 'TREE', false, 2, 'integer'},
})
local server = space('server', 516, {
    {'p_id', 'TREE', true, 1, 'unsigned'},
})
local world = space('world', 517, {{'p_id', 'TREE', true, 1, 'unsigned'}})
local fortunes = space('fortunes', 518, {{'p_id', 'TREE', true, 1, 'unsigned'}})
local agents = space('agents', 519, {{'p_id', 'TREE', true, 1, 'unsigned'}})
space('agent_logins', 520, {{'p_agent_id', 'TREE', true, 1, 'unsigned'}})
local events = space('events', 521, {{'p_channel_seq', 'TREE', true, 1, 'string', 2, 'unsigned'}})

-- Lehmer's generator: every product stays below 2^53, so doubles hold it exactly.
local state = 20170504
local function draw(below)
    state = state * 48271 % 2147483647
    return state % below
end

local letters = 'abcdefghijklmnopqrstuvwxyz'
local function word(length)
    local text = ''
    for _ = 1, length do
        local at = draw(26) + 1
        text = text .. letters:sub(at, at)
    end
    return text
end

local pack_count, stickers_per_pack = 600, 27
for pack = 0, pack_count - 1 do
    local name = word(5) .. pack
    local pack_url = 'https://tlgrm.eu/stickers/' .. name
    packs:insert{name, draw(401) - 100, pack_url}
    local folder = word(3)
    for sticker = 1, stickers_per_pack do
        local number = 20000 + (pack * stickers_per_pack + sticker - 1) * 3 + draw(3)
        local url = 'https://tlgrm.eu/_/stickers/' .. folder .. '/' .. sticker .. '.png'
        stickers:insert{tostring(number), draw(1201) - 200, url, pack_url, 0, 0}
    end
end
server:insert{1, 0, 0, 0}

for id = 1, 10000 do world:insert{id, draw(10000) + 1} end
for id, message in ipairs{
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren't broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. — Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. — Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    '<script>alert("This should not be displayed in a browser alert box.");</script>',
    "フレームワークのベンチマーク",
} do fortunes:insert{id, message} end

for id = 1, 50 do
    agents:insert{id, 1, 'Agent', tostring(id), tostring(299 + id), '', 'default', 'en_GB', 0, '', '', ''}
end

local function fill(channel, count, body_bytes)
    for seq = 1, count do
        local body = word(7)
        while #body < body_bytes do body = body .. ' ' .. word(7) end
        events:insert{channel, seq, body:sub(1, body_bytes)}
    end
end
fill('small', 8, 108)
fill('large', 512, 106)

-- A whole page's work in one call. What these take and answer stands in targets/stores/store.h.
local uuid, digest = require('uuid'), require('digest')
local sessions, secret = box.space.sessions, box.space.secret

local function expect(types, ...)
    for at, wanted in ipairs(types) do
        if type((select(at, ...))) ~= wanted then error('Usage: see targets/stores/store.h') end
    end
end

local function open_session(session, now, agent, count_user)
    if session == '' then
        session = uuid.str()
        if count_user then server:update(1, {{'+', 2, 1}}) end
    end
    sessions:upsert({session, now, 0, '127.0.0.1', agent}, {{'=', 2, now}, {'+', 3, 1}, {'=', 5, agent}})
    return session
end

local function ranking(iterator, ...)
    expect({'string', 'number', 'string', 'boolean'}, ...)
    local session = open_session(...)
    return {session}, unpack(stickers.index.s_rating:select({}, {iterator = iterator, limit = 9}))
end
function hotlap_good(...) return ranking('LE', ...) end
function hotlap_bad(...) return ranking('GE', ...) end

-- Whoever deletes both tokens has the vote.
local function count_vote(plus, minus)
    if plus == '' or minus == '' or not secret:get(plus) or not secret:get(minus) then return end
    local better, worse = secret:delete(plus), secret:delete(minus)
    if not better or not worse then return end
    stickers:update(better[3], {{'+', 2, 1}, {'+', 5, 1}})
    stickers:update(worse[3], {{'-', 2, 1}, {'-', 6, 1}})
    server:update(1, {{'+', 4, 1}})
end

local function draw_candidate(now, number)
    local sticker = stickers.index.p_name:random(number)
    local token = digest.md5_hex(digest.urandom(32))
    secret:insert{token, now, sticker[1], sticker[3]}
    return {token, sticker[3]}
end

function hotlap_index(...)
    expect({'string', 'number', 'string', 'boolean', 'number', 'number', 'string', 'string'}, ...)
    local session, now, agent, count_user, first, second, plus, minus = ...
    count_vote(plus, minus)
    session = open_session(session, now, agent, count_user)
    local left, right = draw_candidate(now, first), draw_candidate(now, second)
    server:update(1, {{'+', 3, 1}})
    return {session}, left, right
end

-- How many operations of each kind there were, this call and what procedures do among them; and SENT, how many of them
-- clients have sent, without this call.
local asked = 0
function hotlap_statistics()
    asked = asked + 1
    local net = box.stat.net()
    -- Each connection is a request too; pings cannot be told apart.
    local counts = {{'SENT', net.REQUESTS.total - net.CONNECTIONS.total - box.stat.AUTH.total - asked}}
    for _, name in ipairs{'CALL', 'DELETE', 'EVAL', 'INSERT', 'REPLACE', 'SELECT', 'UPDATE', 'UPSERT'} do
        table.insert(counts, {name, box.stat[name].total})
    end
    return unpack(counts)
end

box.schema.user.create('tesla', {password = 'secret'})
box.schema.user.grant('tesla', 'read,write,execute', 'universe')

function hotlap_ready() return true end
