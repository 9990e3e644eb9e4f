-- Tables, strings and closures that come and go, some of them staying.
local function tree(depth)
    local node = {name = "node-" .. depth}
    if depth > 0 then
        for i = 1, 4 do node[i] = tree(depth - 1) end
    end
    return node
end

local kept = {}
for turn = 1, tonumber(arg[1]) do
    tree(5)
    local places, seed = {}, turn
    for index = 1, 8000 do
        seed = (seed * 1103515245 + 12345) % 2147483648
        local word = "w" .. seed % 5000
        local list = places[word] or {}
        list[#list + 1] = function() return index end
        places[word] = list
    end
    local text = {}
    for word in pairs(places) do text[#text + 1] = word:upper() end
    table.sort(text)
    if turn % 8 == 0 then kept[#kept + 1] = table.concat(text, " ") end
end
print(#kept)
