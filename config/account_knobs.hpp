#pragma once

#include <optional>

#include "config/knob.hpp"
#include "config/settings.hpp"

// The knobs of an account: those of every account, and those that only one platform's have.

namespace gateway::config {

knob_kind<settings> account_list();

knob_table<account_settings> common_account_knobs();
knob_table<alipay_settings> alipay_knobs();
knob_table<taobao_settings> taobao_knobs();

// The platform an account's section names; nothing when it is missing or wrong.
std::optional<platform> written_platform(const yaml_node& account);

}  // namespace gateway::config
