// Nothing of its own: precompiled headers belong to this file (HotlapRoom.cmake).
