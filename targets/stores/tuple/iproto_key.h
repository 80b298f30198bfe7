// Keys of IPROTO's maps, for the codec's own files (iproto_constants.h of Tarantool 2.6).
#pragma once

#include <cstdint>

namespace hotlap::targets::iproto::key {

inline constexpr std::uint8_t kType = 0x00;
inline constexpr std::uint8_t kSync = 0x01;
inline constexpr std::uint8_t kSchemaVersion = 0x05;
inline constexpr std::uint8_t kSpace = 0x10;
inline constexpr std::uint8_t kIndex = 0x11;
inline constexpr std::uint8_t kLimit = 0x12;
inline constexpr std::uint8_t kOffset = 0x13;
inline constexpr std::uint8_t kIterator = 0x14;
inline constexpr std::uint8_t kIndexBase = 0x15;
inline constexpr std::uint8_t kKey = 0x20;
inline constexpr std::uint8_t kTuple = 0x21;
inline constexpr std::uint8_t kFunction = 0x22;
inline constexpr std::uint8_t kUser = 0x23;
inline constexpr std::uint8_t kExpression = 0x27;
inline constexpr std::uint8_t kOperations = 0x28;
inline constexpr std::uint8_t kData = 0x30;
inline constexpr std::uint8_t kError = 0x31;

inline constexpr std::uint64_t kLastKnown = 0x56;  // of a body; a request with one beyond is refused

inline constexpr std::uint32_t kErrorType = 0x8000;  // a response's type is this, or-ed with the code

}  // namespace hotlap::targets::iproto::key
