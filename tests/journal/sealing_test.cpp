#include "journal/sealing.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/journal/journal_fixture.hpp"

namespace gateway::journal::testing {
namespace {

using ::testing::HasSubstr;

const std::string key_a(64, 'a');
const std::string key_b(64, 'b');

sealing_keys keys_of(std::string_view content) {
    auto parsed = parse_sealing_keys(content);
    return std::get<sealing_keys>(std::move(parsed));
}

std::string fault_of(std::string_view content) {
    auto parsed = parse_sealing_keys(content);
    const auto* fault = std::get_if<std::string>(&parsed);
    return fault == nullptr ? "" : *fault;
}

TEST(Sealing, OpensWhatItSealed) {
    const sealing_keys keys = keys_of(key_a);
    for (const std::string& clear :
         {std::string(), std::string("{\"code\":\"1\"}"), std::string(100'000, 'x')}) {
        const auto sealed = keys.seal(clear, "id/params");
        ASSERT_TRUE(sealed.has_value());
        EXPECT_EQ(sealed->size(), clear.size() + 33);
        const auto opened = keys.open(*sealed, "id/params");
        ASSERT_TRUE(opened.has_value());
        EXPECT_EQ(*opened, clear);
    }
}

TEST(Sealing, HidesTheTextAndNeverRepeatsItself) {
    const sealing_keys keys = keys_of(key_a);
    const auto one = keys.seal("the secret code", "id/params");
    const auto two = keys.seal("the secret code", "id/params");
    ASSERT_TRUE(one.has_value() && two.has_value());
    EXPECT_EQ(one->find("secret"), std::string::npos);
    EXPECT_NE(*one, *two);
}

TEST(Sealing, NoticesEveryChangedByte) {
    const sealing_keys keys = keys_of(key_a);
    const auto sealed = keys.seal("{}", "id/params");
    ASSERT_TRUE(sealed.has_value());
    for (std::size_t i = 0; i < sealed->size(); ++i) {
        SCOPED_TRACE(i);
        std::string changed = *sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(keys.open(changed, "id/params").has_value());
    }
    for (std::size_t size = 0; size < sealed->size(); ++size) {
        SCOPED_TRACE(size);
        EXPECT_FALSE(keys.open(sealed->substr(0, size), "id/params").has_value());
    }
}

TEST(Sealing, OpensInNoOtherContext) {
    const sealing_keys keys = keys_of(key_a);
    const auto sealed = keys.seal("{}", "id-1/params");
    ASSERT_TRUE(sealed.has_value());
    const auto opened = keys.open(*sealed, "id-2/params");
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().what, sealing_error::kind::damaged);
}

TEST(Sealing, NamesTheMissingKey) {
    const auto sealed = keys_of(key_a).seal("{}", "p");
    ASSERT_TRUE(sealed.has_value());
    const auto opened = keys_of(key_b).open(*sealed, "p");
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().what, sealing_error::kind::unknown_key);
    // The first 8 hex digits of the SHA-256 of 32 bytes 0xaa.
    EXPECT_THAT(opened.error().reason, HasSubstr(keys_of(key_a).all()[0].id));
}

TEST(Sealing, ReadsWithEveryKeyAndWritesWithTheFirst) {
    const auto old = keys_of(key_a).seal("old", "p");
    ASSERT_TRUE(old.has_value());
    const sealing_keys rotated = keys_of(key_b + "\n" + key_a + "\n");
    EXPECT_EQ(*rotated.open(*old, "p"), "old");
    const auto fresh = rotated.seal("new", "p");
    ASSERT_TRUE(fresh.has_value());
    EXPECT_EQ(*keys_of(key_b).open(*fresh, "p"), "new");
    EXPECT_FALSE(keys_of(key_a).open(*fresh, "p").has_value());
}

TEST(SealingKeys, AreReadFromEachForm) {
    const std::string raw(32, '\xaa');
    const std::string id = keys_of(raw).all()[0].id;
    EXPECT_EQ(id.size(), 8u);
    const std::pair<const char*, std::string> rows[] = {
        {"hex", key_a},
        {"upper case hex", std::string(64, 'A')},
        {"hex with a line break", key_a + "\n"},
        {"hex with CRLF and empty lines", "\r\n" + key_a + "\r\n\r\n"},
        {"base64", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo="},
        {"base64 with spare bits", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqr="},
        {"base64 with a line break", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"},
    };
    for (const auto& [name, content] : rows) {
        SCOPED_TRACE(name);
        ASSERT_EQ(fault_of(content), "");
        ASSERT_EQ(keys_of(content).all().size(), 1u);
        EXPECT_EQ(keys_of(content).all()[0].id, id);
    }
}

TEST(SealingKeys, HaveTheStartOfTheirDigestAsId) {
    // printf '\0%.0s' {1..32} | sha256sum
    EXPECT_EQ(keys_of(std::string(32, '\0')).all()[0].id, "66687aad");
}

TEST(SealingKeys, AreRefusedWithTheLineThatIsWrong) {
    const std::pair<const char*, std::string> rows[] = {
        {"short hex", key_a.substr(1)},
        {"not hex", std::string(64, 'g')},
        {"base64 of 31 bytes", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqg=="},
        {"not base64", "????????????????????????????????????????????"},
        {"33 raw bytes", std::string(33, '\xaa')},
    };
    for (const auto& [name, content] : rows) {
        SCOPED_TRACE(name);
        EXPECT_THAT(fault_of(content), HasSubstr("line 1 is not a key"));
    }
    EXPECT_THAT(fault_of(key_a + "\nnonsense\n"), HasSubstr("line 2 is not a key"));
    EXPECT_EQ(fault_of(""), "holds no key");
    EXPECT_EQ(fault_of("\n\n"), "holds no key");
}

TEST(SealingKeys, AreLoadedFromAFileByteForByte) {
    const temporary_folder folder;
    // A raw key that ends like a line must not lose its last byte.
    std::string raw(31, 'x');
    raw += '\n';
    std::ofstream(folder.file("key"), std::ios::binary) << raw;
    auto loaded = load_sealing_keys(folder.file("key"));
    ASSERT_TRUE(std::holds_alternative<sealing_keys>(loaded));
    EXPECT_EQ(std::get<sealing_keys>(loaded).all()[0].bytes.reveal(), raw);

    auto missing = load_sealing_keys(folder.file("none"));
    ASSERT_TRUE(std::holds_alternative<std::string>(missing));
    EXPECT_THAT(std::get<std::string>(missing), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace gateway::journal::testing
