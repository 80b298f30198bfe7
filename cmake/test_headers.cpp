// Nothing of its own: the precompiled headers of all tests belong to this file (HotlapRoom.cmake).
