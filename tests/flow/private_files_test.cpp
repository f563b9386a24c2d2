// Files of secrets that other users of the machine may read, through the real program.
#include <gmock/gmock.h>

#include <filesystem>

#include "world.hpp"

namespace gateway::flow {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

void permit(const fs::path& file, unsigned mode) {
    fs::permissions(file, static_cast<fs::perms>(mode));
}

TEST(PrivateFiles, ThatOthersMayReadAreSaidByTheCheckAndAtTheStart) {
    world_options options;
    options.start_gateway_now = false;
    world w(options);
    const auto warning = (w.folder / "secret").string() + " is open to other users (mode 0644)";
    permit(w.folder / "secret", 0644);
    EXPECT_THAT(
        w.run_gateway("gateway.yaml", {"--check-config"}).first, HasSubstr("warning: " + warning)
    );
    w.start_gateway();
    EXPECT_THAT(w.gateway->output(), HasSubstr(warning));
    EXPECT_EQ(w.stop_gateway(), 0);

    permit(w.folder / "secret", 0600);
    EXPECT_THAT(w.run_gateway("gateway.yaml", {"--check-config"}).first, Not(HasSubstr(warning)));
    w.start_gateway();
    EXPECT_THAT(w.gateway->output(), Not(HasSubstr(warning)));
}

}  // namespace
}  // namespace gateway::flow
