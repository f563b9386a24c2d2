// The entry libFuzzer calls; GATEWAY_FUZZ_TARGET names the target it runs.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/fuzz_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    gateway::fuzz::GATEWAY_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
    return 0;
}
