#pragma once

#include <optional>

#include "config/knob.hpp"
#include "config/settings.hpp"

// The knobs of an account: those of every account, and those of one platform only.

namespace gateway::config {

knob_kind<settings> account_list();

knob_table<account_settings> common_account_knobs();
knob_table<alipay_settings> alipay_knobs();
knob_table<taobao_settings> taobao_knobs();

// The platform named in an account's section; nothing if it is missing or wrong.
std::optional<platform> written_platform(const yaml_node& account);

}  // namespace gateway::config
