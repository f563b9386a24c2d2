// Runs every input of the committed corpus through its target, so that each finding of a fuzzer
// stays a test.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.hpp"

namespace gateway::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path corpus = fs::path(GATEWAY_SOURCE_DIR) / "tests/fuzz/corpus";

struct target {
    const char* name;
    void (*run)(std::string_view input);
};

const target targets[] = {
#define FUZZ_TARGET(name) {#name, name},
#include "tests/fuzz/targets.def"
#undef FUZZ_TARGET
};

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class FuzzCorpus : public ::testing::TestWithParam<target> {};

TEST_P(FuzzCorpus, KeepsEveryInvariant) {
    std::size_t inputs = 0;
    for (const auto& entry : fs::directory_iterator(corpus / GetParam().name)) {
        SCOPED_TRACE(entry.path().filename().string());
        ++inputs;
        try {
            GetParam().run(bytes_of(entry.path()));
        } catch (const std::exception& e) {
            ADD_FAILURE() << e.what();
        }
    }
    EXPECT_GE(inputs, 5U) << "too few seeds to start from";
}

// A truncated seed must keep the invariants, too.
TEST_P(FuzzCorpus, KeepsEveryInvariantWhenCutShort) {
    for (const auto& entry : fs::directory_iterator(corpus / GetParam().name)) {
        const auto bytes = bytes_of(entry.path());
        const auto step = std::max<std::size_t>(1, bytes.size() / 50);
        for (std::size_t size = 0; size < bytes.size(); size += step) {
            SCOPED_TRACE(entry.path().filename().string() + " cut at " + std::to_string(size));
            try {
                GetParam().run(std::string_view(bytes).substr(0, size));
            } catch (const std::exception& e) {
                ADD_FAILURE() << e.what();
            }
        }
    }
}

TEST(FuzzCorpora, BelongToATargetEach) {
    for (const auto& entry : fs::directory_iterator(corpus)) {
        const auto name = entry.path().filename().string();
        const bool known = std::any_of(std::begin(targets), std::end(targets), [&](const auto& t) {
            return t.name == name;
        });
        EXPECT_TRUE(known) << name << " has a corpus but no target";
    }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, ::testing::ValuesIn(targets), [](const auto& row) {
    return std::string(row.param.name);
});

}  // namespace
}  // namespace gateway::fuzz
