#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <sstream>
#include <utility>

namespace gateway::config {
namespace {

constexpr std::size_t max_bytes = 1024 * 1024;
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_values = 100'000;

int line_of(const YAML::Mark& mark) {
    return mark.line + 1;
}

// Builds the tree from the parser's events and throws yaml_problem at the first construct that is
// not allowed. The parser calls it before it descends, so that our depth bounds its recursion.
class tree_builder : public YAML::EventHandler {
public:
    yaml_node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw yaml_problem{line_of(mark), "aliases (*name) are not supported: write the value out"};
    }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        begin_value(mark, {}, anchor);
        if (expects_key()) {
            throw yaml_problem{line_of(mark), "expected a key, found nothing"};
        }
        add(yaml_node{
            .is = yaml_node::form::nothing,
            .line = line_of(mark),
            .text = {},
            .items = {},
            .entries = {}
        });
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        begin_value(mark, tag, anchor);
        if (expects_key()) {
            open_.back().key = value;
            open_.back().key_line = line_of(mark);
            return;
        }
        add(yaml_node{
            .is = yaml_node::form::text,
            .line = line_of(mark),
            .text = value,
            .items = {},
            .entries = {}
        });
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        open(mark, tag, anchor, yaml_node::form::list);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        open(mark, tag, anchor, yaml_node::form::section);
    }
    void OnMapEnd() override { close(); }

private:
    struct frame {
        yaml_node node;
        std::string key;   // of a section: the key whose value is expected next
        int key_line = 0;  // 0: a key is expected next
    };

    bool expects_key() const {
        return !open_.empty() && open_.back().node.is == yaml_node::form::section &&
               open_.back().key_line == 0;
    }

    void begin_value(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            throw yaml_problem{
                line_of(mark), "anchors (&name) are not supported: write the value out"
            };
        }
        const bool untagged = tag.empty() || tag == "?" || tag == "!";
        if (!untagged) {
            throw yaml_problem{line_of(mark), "tags (!name) are not supported"};
        }
        if (++values_ > max_values) {
            throw yaml_problem{line_of(mark), "too many values in one file"};
        }
    }

    void open(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, yaml_node::form is
    ) {
        begin_value(mark, tag, anchor);
        if (expects_key()) {
            throw yaml_problem{line_of(mark), "expected a key, found a list or section"};
        }
        if (open_.size() >= max_depth) {
            throw yaml_problem{line_of(mark), "nested too deeply"};
        }
        const int key_line = open_.empty() ? 0 : open_.back().key_line;
        frame opened;
        opened.node.is = is;
        opened.node.line = key_line != 0 ? key_line : line_of(mark);
        open_.push_back(std::move(opened));
    }

    void close() {
        yaml_node done = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(done));
    }

    void add(yaml_node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        frame& parent = open_.back();
        if (parent.node.is == yaml_node::form::list) {
            parent.node.items.push_back(std::move(node));
            return;
        }
        if (node.is == yaml_node::form::nothing) {
            node.line = parent.key_line;  // the parser's own position is often the next line
        }
        parent.node.entries.push_back({std::move(parent.key), parent.key_line, std::move(node)});
        parent.key.clear();
        parent.key_line = 0;
    }

    std::vector<frame> open_;
    yaml_node root_;
    std::size_t values_ = 0;
};

// Refuses a second document and ignores its content.
class no_more_documents : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        throw yaml_problem{line_of(mark), "expected one document, found a second one"};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&)
        override {}
    void OnSequenceStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(
        const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {}
    void OnMapEnd() override {}
};

}  // namespace

const yaml_node* yaml_node::find(std::string_view key) const {
    for (const yaml_entry& entry : entries) {
        if (entry.key == key) {
            return &entry.value;
        }
    }
    return nullptr;
}

std::variant<yaml_node, yaml_problem> parse_yaml(std::string_view text) {
    if (text.size() > max_bytes) {
        return yaml_problem{0, "larger than 1MiB"};
    }
    try {
        std::istringstream in{std::string(text)};
        YAML::Parser parser(in);
        tree_builder builder;
        if (!parser.HandleNextDocument(builder)) {
            return yaml_problem{0, "empty: expected the sections journal and accounts at least"};
        }
        no_more_documents rest;
        parser.HandleNextDocument(rest);
        return builder.take_root();
    } catch (const yaml_problem& problem) {
        return problem;
    } catch (const YAML::Exception& error) {
        const int line = error.mark.is_null() ? 0 : line_of(error.mark);
        return yaml_problem{line, "not valid YAML: " + error.msg};
    }
}

}  // namespace gateway::config
