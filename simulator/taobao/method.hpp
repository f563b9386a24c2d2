#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "simulator/ledger.hpp"
#include "simulator/settings.hpp"
#include "simulator/taobao/signature.hpp"

namespace simulator {

// The content of a TOP error_response.
struct taobao_error {
    int code = 0;
    std::string msg;
    std::string sub_code;
    std::string sub_msg;
};

taobao_error missing_argument(std::string_view name);                  // 40
taobao_error invalid_argument(std::string_view name);                  // 41
taobao_error remote_error(std::string sub_code, std::string sub_msg);  // 15

// The outcome of a method: the fields of a success, or an error.
struct taobao_outcome {
    std::optional<taobao_error> error;
    boost::json::object fields;
    std::string verdict;
};

// One TOP method with its parameters, its rules and its effect. It is stateless; the ledger holds
// the effects.
class taobao_method {
public:
    virtual ~taobao_method() = default;
    virtual std::string_view name() const noexcept = 0;
    virtual bool needs_session() const noexcept = 0;
    virtual bool locks_order() const noexcept = 0;
    virtual std::span<const std::string_view> parameter_names() const noexcept = 0;
    virtual std::string natural_key(const parameters& given) const = 0;
    virtual std::optional<taobao_error> check(const parameters& given) const = 0;
    // Returns the fields of a success without executing anything.
    virtual boost::json::object success() const = 0;
    virtual taobao_outcome execute(
        const parameters& given, const taobao_app& app, effect_ledger& ledger, wall_time now
    ) const = 0;
};

// Returns every method; the methods live as long as the program.
std::span<const taobao_method* const> taobao_methods();
const taobao_method& taobao_ma_send();
const taobao_method& taobao_order_verify();

// Returns the SHA-256 over the method's own parameters in hex.
std::string business_digest(const taobao_method& method, const parameters& given);
const taobao_order* find_order(const taobao_app& app, std::string_view id, std::string_view out_id);

}  // namespace simulator
