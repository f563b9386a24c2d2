#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "simulator/faults/fault_table.hpp"

namespace simulator {

TEST(SimulatorDocumentation, NamesEveryFaultWithItsParameters) {
    const std::ifstream file(std::string(GATEWAY_SOURCE_DIR) + "/docs/simulator.md");
    std::ostringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    for (const fault_description& description : fault_table()) {
        SCOPED_TRACE(description.name);
        const std::size_t row = text.find("| `" + std::string(description.name) + "` |");
        ASSERT_NE(row, std::string::npos);
        const std::string line = text.substr(row, text.find('\n', row) - row);
        for (const fault_parameter& parameter : description.parameters) {
            EXPECT_NE(line.find("`" + std::string(parameter.name) + "`"), std::string::npos)
                << parameter.name;
        }
    }
}

}  // namespace simulator
