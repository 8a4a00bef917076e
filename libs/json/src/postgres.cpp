#include "json/postgres.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <vector>

#include "number.hpp"
#include "walk.hpp"

namespace trunkline::json {
namespace {

// numeric: https://www.postgresql.org/docs/15/datatype-numeric.html; jsonb: JENTRY_OFFLENMASK in
// utils/jsonb.h.
constexpr std::int64_t max_leading_power = 131'071;
constexpr std::int64_t max_scale = 16'383;
constexpr std::uint32_t max_string_bytes = 0x0FFF'FFFF;
constexpr std::size_t max_depth = 1000;

std::string with_visible_nul(std::string_view text) {
    std::string visible;
    for (const char c : text) {
        if (c == '\0') {
            visible += "\\u0000";
        } else {
            visible += c;
        }
    }
    return visible;
}

class Judge {
public:
    Judge(const Tree& tree, const std::vector<Frame>& frames) : tree_(tree), frames_(frames) {}

    bool scalar(const Node& node) {
        if (node.kind == Kind::string) {
            return check_text(node.range, "a string");
        }
        return node.kind != Kind::number || check_number(tree_.at(node.range));
    }
    bool begin(const Node& /*node*/) {
        return frames_.size() <= max_depth || refuse("it is nested deeper than 1000 levels");
    }
    bool end(const Node& /*node*/) { return true; }
    bool child(const Node& parent, const Node& child, std::uint32_t /*position*/) {
        return parent.kind != Kind::object || check_text(child.key, "a key");
    }

    std::string take() { return std::move(why_); }

private:
    bool check_text(Span span, std::string_view what) {
        if (span.size > max_string_bytes) {
            return refuse(fmt::format("{} has 256 MiB or more", what));
        }
        return tree_.at(span).find('\0') == std::string_view::npos ||
               refuse(fmt::format("{} holds U+0000, which PostgreSQL cannot store", what));
    }
    bool check_number(std::string_view number) {
        const Magnitude size = magnitude_of(number);
        return (size.leading <= max_leading_power && size.scale <= max_scale) ||
               refuse("a number has more digits than PostgreSQL's numeric can hold");
    }
    bool refuse(std::string_view why) {
        // The sentence goes to logs and tables, which cannot hold U+0000 either.
        const std::string place = with_visible_nul(pointer_of(tree_, frames_));
        why_ = place.empty() ? std::string(why) : fmt::format("{}: {}", place, why);
        return false;
    }

    const Tree& tree_;
    const std::vector<Frame>& frames_;
    std::string why_;
};

}  // namespace

std::optional<std::string> why_not_jsonb(View value) {
    const Tree& tree = Tree::of(value);
    std::vector<Frame> frames;
    Judge judge(tree, frames);
    if (walk(tree, Tree::index_of(value), frames, judge)) {
        return std::nullopt;
    }
    return judge.take();
}

}  // namespace trunkline::json
