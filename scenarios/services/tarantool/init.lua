-- The sticker site's database in Tarantool 2.6, with the same spaces, the same rows and the same procedures as
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

local function space(name, id, indexes)
    local created = box.schema.space.create(name, {id = id})
    for _, index in ipairs(indexes) do
        created:create_index(index[1], {type = index[2], unique = index[3], parts = {{index[4], index[5]}}})
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

box.schema.user.create('tesla', {password = 'secret'})
box.schema.user.grant('tesla', 'read,write,execute', 'universe')

function hotlap_ready() return true end
