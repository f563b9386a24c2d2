#include "config/reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::Field;

TEST(Reading, WritesFaultsAndWarningsOnOneLine) {
    reading into("gateway.yaml", "/etc");
    into.fault_at(3, "log.a\nb\x1b[31m", "unknown key");
    into.warn_at(4, "log", "odd\r\n\x7f");
    EXPECT_THAT(into.faults(), ElementsAre(Field(&fault::what, "log.a?b?[31m: unknown key")));
    EXPECT_THAT(into.warnings(), ElementsAre(Field(&fault::what, "log: odd???")));
}

TEST(Reading, KeepsFaultsInFileOrder) {
    reading into("gateway.yaml", "/etc");
    into.fault_at(3, "", "third");
    into.fault_at(1, "", "first");
    into.fault_at(3, "", "third too");
    EXPECT_THAT(
        into.faults(),
        ElementsAre(
            Field(&fault::what, "first"),
            Field(&fault::what, "third"),
            Field(&fault::what, "third too")
        )
    );
}

}  // namespace
}  // namespace gateway::config
