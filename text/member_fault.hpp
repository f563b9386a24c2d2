#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/redacted_text.hpp"

namespace gateway::text {

// One fault of a JSON document. `pointer` is an RFC 6901 JSON pointer into it, in the words of the
// document; `detail` holds nothing of the document.
struct member_fault {
    std::string pointer;
    base::redacted_text detail;
};

// The faults of a document: the first ones listed, all of them counted, so that a document full of
// faults makes no answer larger than itself.
class fault_list {
public:
    using value_type = member_fault;
    static constexpr std::size_t most_listed = 100;

    fault_list() = default;
    fault_list(std::initializer_list<member_fault> faults) {
        for (const auto& one : faults) {
            push_back(one);
        }
    }

    void push_back(member_fault fault) {
        if (listed_.size() < most_listed) {
            listed_.push_back(std::move(fault));
        } else {
            ++omitted_;
        }
    }
    // Appends the faults of a part of the document, whose pointer is `at`.
    void append(const fault_list& part, const std::string& at) {
        for (const auto& one : part.listed_) {
            push_back({at + one.pointer, one.detail});
        }
        omitted_ += part.omitted_;
    }

    bool empty() const noexcept { return listed_.empty(); }
    std::size_t size() const noexcept { return listed_.size() + omitted_; }
    std::size_t omitted() const noexcept { return omitted_; }  // counted, but not listed
    const member_fault& operator[](std::size_t at) const { return listed_[at]; }
    const member_fault& front() const { return listed_.front(); }
    auto begin() const noexcept { return listed_.begin(); }
    auto end() const noexcept { return listed_.end(); }

private:
    std::vector<member_fault> listed_;
    std::size_t omitted_ = 0;
};

}  // namespace gateway::text
