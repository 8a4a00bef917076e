#include <cstdint>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "quote.hpp"
#include "walk.hpp"

namespace trunkline::json {
namespace {

class Dumper {
public:
    Dumper(const Tree& tree, unsigned indent) : tree_(tree), indent_(indent) {}

    bool scalar(const Node& node) {
        if (node.kind == Kind::null) {
            text_ += "null";
        } else if (node.kind == Kind::string) {
            append_quoted(text_, tree_.at(node.range));
        } else {
            text_ += tree_.at(node.range);
        }
        return true;
    }

    bool begin(const Node& node) {
        text_ += node.kind == Kind::object ? '{' : '[';
        ++depth_;
        return true;
    }

    bool end(const Node& node) {
        --depth_;
        if (node.range.size > 0) {
            new_line();
        }
        text_ += node.kind == Kind::object ? '}' : ']';
        return true;
    }

    bool child(const Node& parent, const Node& child, std::uint32_t position) {
        if (position > 0) {
            text_ += ',';
        }
        new_line();
        if (parent.kind == Kind::object) {
            append_quoted(text_, tree_.at(child.key));
            text_ += indent_ > 0 ? ": " : ":";
        }
        return true;
    }

    std::string take() { return std::move(text_); }

private:
    void new_line() {
        if (indent_ > 0) {
            text_ += '\n';
            text_.append(depth_ * indent_, ' ');
        }
    }

    const Tree& tree_;
    std::size_t indent_;
    std::size_t depth_ = 0;
    std::string text_;
};

}  // namespace

std::string View::dump(unsigned indent) const {
    Dumper dumper(*tree_, indent);
    std::vector<Frame> frames;
    walk(*tree_, node_, frames, dumper);
    return dumper.take();
}

}  // namespace trunkline::json
