#pragma once

#include <chrono>
#include <string>

namespace gateway::platform_clients {

// "yyyy-MM-dd HH:mm:ss" in UTC+8, as both platforms want it whatever the time zone of the machine.
// Computed: containers run in UTC and may lack a time zone database.
std::string china_time_text(std::chrono::system_clock::time_point now);

}  // namespace gateway::platform_clients
