#pragma once

#include <map>
#include <optional>
#include <vector>

#include "redemption/model.hpp"

namespace gateway::redemption {

// The names that a caller has and had; its redemptions stand under any of them
// (docs/redemption-rules.md, Identities).
class caller_names {
public:
    using earlier_names = std::map<caller_name, std::vector<caller_name>>;

    // The oldest of each first; outlives this object.
    explicit caller_names(const earlier_names& formerly) : formerly_(formerly) {}

    // The oldest first.
    std::vector<caller_name> earlier_names_of(const std::optional<caller_name>& caller) const {
        const auto known = caller ? formerly_.find(*caller) : formerly_.end();
        return known == formerly_.end() ? std::vector<caller_name>() : known->second;
    }
    // Its name of now, then the earlier ones.
    std::vector<caller_name> names_of(const caller_name& caller) const {
        std::vector<caller_name> names{caller};
        const auto earlier = earlier_names_of(caller);
        names.insert(names.end(), earlier.begin(), earlier.end());
        return names;
    }
    // A redemption under an earlier name of the reader's caller is visible, too.
    bool is_visible(visibility reader, const record& what) const {
        for (const auto& earlier : earlier_names_of(reader.caller)) {
            if (what.caller == earlier) {
                reader.caller = earlier;
            }
        }
        return shows(reader, what);
    }

private:
    const earlier_names& formerly_;
};

}  // namespace gateway::redemption
