// The built programs have the hardening that cmake/compiler.cmake requests.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace gateway {
namespace {

// The parts of a 64-bit ELF file that show its hardening.
class program_file {
public:
    explicit program_file(const std::string& path) {
        std::ostringstream all;
        all << std::ifstream(path, std::ios::binary).rdbuf();
        bytes_ = all.str();
    }

    bool readable() const {
        return bytes_.size() > sizeof(Elf64_Ehdr) && bytes_.starts_with(ELFMAG) &&
               bytes_[EI_CLASS] == ELFCLASS64;
    }
    Elf64_Ehdr header() const { return at<Elf64_Ehdr>(0); }

    std::vector<Elf64_Phdr> segments() const {
        std::vector<Elf64_Phdr> found;
        for (std::size_t i = 0; i < header().e_phnum; ++i) {
            found.push_back(at<Elf64_Phdr>(header().e_phoff + i * sizeof(Elf64_Phdr)));
        }
        return found;
    }

    std::optional<Elf64_Phdr> segment(std::uint32_t type) const {
        for (const auto& one : segments()) {
            if (one.p_type == type) {
                return one;
            }
        }
        return std::nullopt;
    }

    // Returns the value of a tag of the dynamic section.
    std::optional<std::uint64_t> dynamic(std::int64_t tag) const {
        const auto section = segment(PT_DYNAMIC);
        for (std::size_t i = 0; section && i < section->p_filesz; i += sizeof(Elf64_Dyn)) {
            const auto entry = at<Elf64_Dyn>(section->p_offset + i);
            if (entry.d_tag == tag) {
                return entry.d_un.d_val;
            }
        }
        return std::nullopt;
    }

    bool names(const std::string& symbol) const {
        return bytes_.find('\0' + symbol + '\0') != std::string::npos;
    }

private:
    template <class T>
    T at(std::size_t offset) const {
        T value{};
        if (offset + sizeof(T) <= bytes_.size()) {
            std::memcpy(&value, bytes_.data() + offset, sizeof(T));
        }
        return value;
    }

    std::string bytes_;
};

class Hardening : public ::testing::TestWithParam<const char*> {
protected:
    program_file program{std::string(GATEWAY_BIN_DIR) + '/' + GetParam()};
    void SetUp() override { ASSERT_TRUE(program.readable()) << GetParam() << " is not built"; }
};

TEST_P(Hardening, IsPositionIndependent) {
    EXPECT_EQ(program.header().e_type, ET_DYN);
    EXPECT_TRUE(program.dynamic(DT_FLAGS_1).value_or(0) & DF_1_PIE);
    EXPECT_FALSE(program.dynamic(DT_TEXTREL)) << "the loader must patch code";
}

TEST_P(Hardening, ResolvesSymbolsAtOnceAndProtectsRelocations) {
    EXPECT_TRUE(program.dynamic(DT_FLAGS_1).value_or(0) & DF_1_NOW);
    EXPECT_TRUE(program.segment(PT_GNU_RELRO));
}

TEST_P(Hardening, HasNoWritableAndExecutableMemory) {
    const auto stack = program.segment(PT_GNU_STACK);
    ASSERT_TRUE(stack);
    EXPECT_FALSE(stack->p_flags & PF_X);
    for (const auto& one : program.segments()) {
        EXPECT_FALSE(one.p_type == PT_LOAD && (one.p_flags & PF_W) && (one.p_flags & PF_X));
    }
}

TEST_P(Hardening, ChecksItsStack) {
    EXPECT_TRUE(program.names("__stack_chk_fail"));
}

// The loader must search the system's folders only, not folders of the build machine.
TEST_P(Hardening, HasNoLibraryPath) {
    EXPECT_FALSE(program.dynamic(DT_RPATH));
    EXPECT_FALSE(program.dynamic(DT_RUNPATH));
}

INSTANTIATE_TEST_SUITE_P(
    Programs,
    Hardening,
    ::testing::Values("redemption-gateway", "platform-simulator"),
    [](const auto& one) {
        return std::string(one.param).starts_with("red") ? "Gateway" : "Simulator";
    }
);

}  // namespace
}  // namespace gateway
