#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "simulator/alipay/credentials.hpp"
#include "simulator/ledger.hpp"

namespace simulator {

// The result members of an answer's node.
struct alipay_result {
    std::string code;
    std::string sub_code;  // empty on success
    std::string sub_msg;
    std::string msg = {};  // empty: the usual text of the code
};

alipay_result alipay_success();                                            // 10000
alipay_result business_failed(std::string sub_code, std::string sub_msg);  // 40004
// Returns the English text of a code.
std::string_view alipay_msg(std::string_view code);

struct alipay_outcome {
    alipay_result result;
    boost::json::object fields;
    std::string verdict;
};

// The objects that a method uses beside its parameters.
struct alipay_context {
    const alipay_credentials& credentials;
    duplicate_answer duplicates;
    effect_ledger& ledger;
    wall_time now;
};

// One Alipay method. It is stateless; the ledger holds the effects.
class alipay_method {
public:
    virtual ~alipay_method() = default;
    virtual std::string_view name() const noexcept = 0;
    virtual std::string natural_key(const boost::json::object& biz) const = 0;
    // Returns the fields of a success without executing anything.
    virtual boost::json::object success(const boost::json::object& biz) const = 0;
    virtual alipay_outcome execute(const boost::json::object& biz, alipay_context context)
        const = 0;
};

// Returns every method; the methods live as long as the program.
std::span<const alipay_method* const> alipay_methods();
const alipay_method& alipay_stock_use();
const alipay_method& alipay_certificate_download();

}  // namespace simulator
