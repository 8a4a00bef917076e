#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "number.hpp"
#include "tree.hpp"

namespace trunkline::json {

/// Why the builder stopped the parser.
struct Refusal {
    base::Errc code;
    std::string detail;
};

/// Takes the parser's events and grows a Tree. The names of its functions are RapidJSON's Handler
/// concept, hence not in our style. A false return stops the parser; refusal() then says why.
class TreeBuilder {
public:
    TreeBuilder(std::size_t text_size, std::size_t max_depth) : max_depth_(max_depth) {
        // No content is longer than its text; for all that is usual nothing has to grow.
        tree_.text.reserve(text_size);
        tree_.nodes.reserve(std::min<std::size_t>(text_size / 16, 32));
    }

    // NOLINTBEGIN(readability-identifier-naming)
    bool Null() { return scalar(Kind::null, {}); }
    bool Bool(bool truth) { return scalar(Kind::boolean, keep(truth ? "true" : "false")); }
    // Numbers come as text, RawNumber; these are named by the concept only.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, unsigned size, bool /*copy*/) {
        const std::string_view number(text, size);
        // Only these can be too large; the parser itself refuses most of them.
        if ((size > 300 || !is_whole(number)) && !to_double(number)) {
            return refuse(base::Errc::malformed, "the number is too large");
        }
        return scalar(Kind::number, keep(number));
    }
    bool String(const char* text, unsigned size, bool /*copy*/) {
        return is_text({text, size}) && scalar(Kind::string, keep({text, size}));
    }
    bool Key(const char* text, unsigned size, bool /*copy*/) {
        if (!is_text({text, size})) {
            return false;
        }
        key_ = keep({text, size});
        return true;
    }
    bool StartObject() { return begin(Kind::object); }
    bool StartArray() { return begin(Kind::array); }
    bool EndObject(unsigned /*members*/) {
        drop_repeated_keys(open_.back().first);
        return end();
    }
    bool EndArray(unsigned /*elements*/) { return end(); }
    // NOLINTEND(readability-identifier-naming)

    const std::optional<Refusal>& refusal() const { return refusal_; }

    Tree take() {
        tree_.root = waiting_.front();
        return std::move(tree_);
    }

private:
    struct Open {
        std::uint32_t node;
        std::size_t first;  ///< Its first child's place in waiting_.
    };

    bool refuse(base::Errc code, std::string detail) {
        refusal_ = Refusal{.code = code, .detail = std::move(detail)};
        return false;
    }

    /// RapidJSON 1.1 checks raw UTF-8 and the first half of an escaped pair, but lets a lone second
    /// half (`\udc00`) through, as three bytes that begin with ED A0 to ED BF.
    bool is_text(std::string_view text) {
        for (auto at = text.find('\xED'); at != std::string_view::npos;
             at = text.find('\xED', at + 1)) {
            if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
                return refuse(
                    base::Errc::malformed, "a lone surrogate (\\ud800 to \\udfff) is no character"
                );
            }
        }
        return true;
    }

    Span keep(std::string_view text) {
        const Span span{
            static_cast<std::uint32_t>(tree_.text.size()), static_cast<std::uint32_t>(text.size())
        };
        tree_.text += text;
        return span;
    }

    std::uint32_t add(Kind kind, Span range) {
        tree_.nodes.push_back({.kind = kind, .key = std::exchange(key_, {}), .range = range});
        return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
    }

    bool scalar(Kind kind, Span range) {
        waiting_.push_back(add(kind, range));
        return true;
    }

    bool begin(Kind kind) {
        if (open_.size() == max_depth_) {
            return refuse(
                base::Errc::too_large,
                "nested deeper than " + std::to_string(max_depth_) + " levels"
            );
        }
        open_.push_back({.node = add(kind, {}), .first = waiting_.size()});
        return true;
    }

    bool end() {
        const Open closed = open_.back();
        open_.pop_back();
        Node& node = tree_.nodes[closed.node];
        node.range.offset = static_cast<std::uint32_t>(tree_.children.size());
        node.range.size = static_cast<std::uint32_t>(waiting_.size() - closed.first);
        const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(closed.first);
        tree_.children.insert(tree_.children.end(), first, waiting_.end());
        waiting_.erase(first, waiting_.end());
        waiting_.push_back(closed.node);
        return true;
    }

    /// Sorting keeps an object of ten thousand equal keys as cheap as any other.
    void drop_repeated_keys(std::size_t first) {
        if (waiting_.size() - first < 2) {
            return;
        }
        const auto key_of = [this](std::uint32_t node) { return tree_.at(tree_.nodes[node].key); };
        constexpr std::size_t few = 24;
        if (waiting_.size() - first <= few && !has_repeated_key(first)) {
            return;
        }
        sorted_.assign(waiting_.begin() + static_cast<std::ptrdiff_t>(first), waiting_.end());
        std::ranges::sort(sorted_, [&](std::uint32_t a, std::uint32_t b) {
            const int order = key_of(a).compare(key_of(b));
            return order != 0 ? order < 0 : a < b;  // Node numbers grow with the place in the text.
        });
        std::vector<std::uint32_t> dropped;
        for (std::size_t i = 0; i + 1 < sorted_.size(); ++i) {
            if (key_of(sorted_[i]) == key_of(sorted_[i + 1])) {
                dropped.push_back(sorted_[i]);
            }
        }
        if (dropped.empty()) {
            return;
        }
        std::ranges::sort(dropped);
        const auto gone = [&](std::uint32_t node) {
            return std::ranges::binary_search(dropped, node);
        };
        waiting_.erase(
            std::remove_if(
                waiting_.begin() + static_cast<std::ptrdiff_t>(first), waiting_.end(), gone
            ),
            waiting_.end()
        );
    }

    /// Quicker than sorting where there are few.
    bool has_repeated_key(std::size_t first) const {
        for (auto i = first; i < waiting_.size(); ++i) {
            const auto key = tree_.nodes[waiting_[i]].key;
            for (auto other = first; other < i; ++other) {
                const auto known = tree_.nodes[waiting_[other]].key;
                if (key.size == known.size && tree_.at(key) == tree_.at(known)) {
                    return true;
                }
            }
        }
        return false;
    }

    std::size_t max_depth_;
    Tree tree_;
    Span key_;
    std::vector<Open> open_;
    std::vector<std::uint32_t> waiting_;  ///< Finished values whose array or object is still open.
    std::vector<std::uint32_t> sorted_;
    std::optional<Refusal> refusal_;
};

}  // namespace trunkline::json
