#include "base/redact.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"

namespace trunkline::base {
namespace {

constexpr std::string_view mask = "***";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_character(char c) { return is_alnum(c) || c == '_' || c == '-'; }
bool is_quote(char c) { return c == '"' || c == '\''; }

/// Collects the masked copy; costs nothing until the first mask.
class MaskedCopy {
public:
    explicit MaskedCopy(std::string_view text) : text_(text) {}

    /// Parts come from left to right; one that starts inside an earlier one is cut.
    void hide(std::size_t begin, std::size_t end) {
        begin = std::max(begin, copied_);
        if (begin >= end) {
            return;
        }
        out_ += text_.substr(copied_, begin - copied_);
        out_ += mask;
        copied_ = end;
    }
    std::optional<std::string> take() {
        if (copied_ == 0) {
            return std::nullopt;
        }
        out_ += text_.substr(copied_);
        return std::move(out_);
    }

private:
    std::string_view text_;
    std::string out_;
    std::size_t copied_ = 0;
};

/// The registered secrets. A line is searched for all of them at once: the first eight bytes of a
/// secret are its key, and a bit field over a hash of them lets nearly every position pass with one
/// multiplication.
class SecretSet {
public:
    static constexpr std::size_t min_size = 8;

    void add(std::string secret) {
        if (secret.size() < min_size) {
            return;
        }
        const std::unique_lock lock(mutex_);
        auto& same_prefix = by_prefix_[prefix_at(secret, 0)];
        if (std::ranges::find(same_prefix, secret) != same_prefix.end()) {
            return;
        }
        filter_[slot(prefix_at(secret, 0))] = true;
        same_prefix.push_back(std::move(secret));
        // The longest first, so that no end of it stays readable.
        std::ranges::sort(same_prefix, std::ranges::greater{}, &std::string::size);
        is_empty_.store(false, std::memory_order_release);
    }

    std::optional<std::string> masked(std::string_view text) const {
        if (is_empty_.load(std::memory_order_acquire) || text.size() < min_size) {
            return std::nullopt;
        }
        const std::shared_lock lock(mutex_);
        MaskedCopy copy(text);
        for (std::size_t i = 0; i + min_size <= text.size();) {
            const auto size = match_at(text, i);
            if (size > 0) {
                copy.hide(i, i + size);
            }
            i += std::max<std::size_t>(size, 1);
        }
        return copy.take();
    }

private:
    static std::uint64_t prefix_at(std::string_view text, std::size_t at) {
        std::uint64_t prefix = 0;
        std::memcpy(&prefix, text.data() + at, min_size);
        return prefix;
    }
    static std::size_t slot(std::uint64_t prefix) { return (prefix * 0x9E3779B97F4A7C15U) >> 48U; }

    std::size_t match_at(std::string_view text, std::size_t at) const {
        const auto prefix = prefix_at(text, at);
        if (!filter_[slot(prefix)]) {
            return 0;
        }
        const auto found = by_prefix_.find(prefix);
        if (found == by_prefix_.end()) {
            return 0;
        }
        for (const auto& secret : found->second) {
            if (text.substr(at).starts_with(secret)) {
                return secret.size();
            }
        }
        return 0;
    }

    mutable std::shared_mutex mutex_;
    std::unordered_map<std::uint64_t, std::vector<std::string>> by_prefix_;
    std::vector<bool> filter_ = std::vector<bool>(std::size_t{1} << 16U);
    std::atomic<bool> is_empty_ = true;
};

SecretSet& secrets() {
    // Never destroyed: lines may be written until the very end of the process.
    static auto* const set = new SecretSet;
    return *set;
}

/// Names in lower case without `_` and `-`; a longer name that ends in one of them counts too
/// (phone_api_key).
constexpr std::array<std::string_view, 16> secret_name_endings = {
    "authorization",
    "cookie",
    "apikey",
    "password",
    "passwd",
    "pwd",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "bottoken",
    "applicationtoken",
    "remaptoken",
    "internaltoken",
    "admintoken",
    "secret",
    "secretskey",
};

enum class NameKind : std::uint8_t { harmless, secret, secret_to_line_end };

NameKind kind_of_name(std::string_view normalised, char separator) {
    // These are secrets as URL parameters (a signed link, Bitrix24's token) and plain words
    // elsewhere.
    if (separator == '=' && (normalised == "sig" || normalised == "auth")) {
        return NameKind::secret;
    }
    const auto* const ending =
        std::ranges::find_if(secret_name_endings, [normalised](std::string_view candidate) {
            return normalised.ends_with(candidate);
        });
    if (ending == secret_name_endings.end()) {
        return NameKind::harmless;
    }
    const bool several_words = *ending == "authorization" || *ending == "cookie";
    return several_words ? NameKind::secret_to_line_end : NameKind::secret;
}

/// Finds what looks like a secret, in one pass that stops only at characters which can give one
/// away.
class PatternScan {
public:
    explicit PatternScan(std::string_view text) : text_(text), copy_(text) {}

    std::optional<std::string> run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (is_trigger(c)) {
                look(c);
            }
            ++at_;
        }
        return copy_.take();
    }

private:
    static bool is_trigger(char c) {
        static constexpr auto table = [] {
            std::array<bool, 256> triggers{};
            for (const char trigger : {':', '=', '/', 'b', 'B'}) {
                triggers[static_cast<unsigned char>(trigger)] = true;
            }
            return triggers;
        }();
        return table[static_cast<unsigned char>(c)];
    }

    void look(char c) {
        if (c == '/') {
            look_for_key_in_path();
        } else if (c == 'b' || c == 'B') {
            look_for_bearer();
        } else if (c == '=' || !(look_for_bot_token() || look_for_user_info())) {
            look_for_named_value();
        }
    }

    /// `/rest/27/k32t88gf3azpmwv3/` (contracts/bitrix24.md) and `u-on.ru/<key>/`
    /// (contracts/uon.md).
    void look_for_key_in_path() {
        std::size_t begin = at_ + 1;
        if (text_.substr(at_).starts_with("/rest/")) {
            begin = text_.find_first_not_of("0123456789", at_ + 6);
            if (begin == std::string_view::npos || begin == at_ + 6 || text_[begin] != '/') {
                return;
            }
            ++begin;
        } else if (!text_.substr(0, at_).ends_with("u-on.ru")) {
            return;
        }
        const auto end = skip_while(begin, is_alnum);
        if (end - begin >= 8) {
            hide(begin, end);
        }
    }

    void look_for_bearer() {
        constexpr std::string_view word = "bearer ";
        const bool starts_word = at_ == 0 || !is_alnum(text_[at_ - 1]);
        if (!starts_word || !equals_ignoring_case(text_.substr(at_, word.size()), word)) {
            return;
        }
        const auto begin = text_.find_first_not_of(' ', at_ + word.size());
        if (begin == std::string_view::npos) {
            return;
        }
        const auto end = skip_while(begin, [](char c) {
            return is_name_character(c) || std::string_view(".~+/=").contains(c);
        });
        hide(begin, end);
    }

    /// At a colon: digits before it and at least thirty letters behind it.
    bool look_for_bot_token() {
        std::size_t begin = at_;
        while (begin > 0 && is_digit(text_[begin - 1])) {
            --begin;
        }
        const auto end = skip_while(at_ + 1, is_name_character);
        if (at_ - begin < 5 || end - at_ - 1 < 30) {
            return false;
        }
        hide(begin, end);
        return true;
    }

    /// At the colon of `postgresql://user:password@host`.
    bool look_for_user_info() {
        if (!text_.substr(at_).starts_with("://")) {
            return false;
        }
        const auto begin = at_ + 3;
        const auto authority =
            text_.substr(begin, text_.find_first_of("/?# \t\r\n\"'", begin) - begin);
        const auto at_sign = authority.rfind('@');
        const auto colon = authority.find(':');
        if (at_sign != std::string_view::npos && colon < at_sign) {
            hide(begin + colon + 1, begin + at_sign);
        }
        return true;
    }

    /// At `:` or `=`: is what stands before it the name of a secret?
    void look_for_named_value() {
        const auto kind = kind_of_name(name_before(), text_[at_]);
        if (kind == NameKind::harmless) {
            return;
        }
        const auto begin = text_.find_first_not_of(" \t", at_ + 1);
        if (begin == std::string_view::npos || is_json_of_another_kind(begin)) {
            return;
        }
        hide_value(begin, kind);
    }

    /// The name without quotes, in lower case, without `_` and `-`.
    std::string name_before() const {
        constexpr std::size_t longest = 48;
        std::size_t end = at_;
        while (end > 0 && (text_[end - 1] == ' ' || is_quote(text_[end - 1]) ||
                           text_[end - 1] == '\\' || text_[end - 1] == ']')) {
            --end;
        }
        // Every name in the lists ends in one of these; most positions end here.
        if (end == 0 || !std::string_view("ydnteYDNTEgGhH").contains(text_[end - 1])) {
            return {};
        }
        std::size_t begin = end;
        while (begin > 0 && end - begin < longest && is_name_character(text_[begin - 1])) {
            --begin;
        }
        auto name = to_lower_ascii(text_.substr(begin, end - begin));
        std::erase_if(name, [](char c) { return c == '_' || c == '-'; });
        return name;
    }

    bool is_json_of_another_kind(std::size_t begin) const {
        const auto rest = text_.substr(begin);
        return rest.starts_with('{') || rest.starts_with('[') || rest.starts_with("null") ||
               rest.starts_with("true") || rest.starts_with("false");
    }

    void hide_value(std::size_t begin, NameKind kind) {
        const auto quote = skip_while(begin, [](char c) { return c == '\\'; });
        if (quote < text_.size() && is_quote(text_[quote])) {
            hide(quote + 1, end_of_quoted(quote, quote - begin));
            return;
        }
        const auto* const ends =
            kind == NameKind::secret_to_line_end ? "\r\n\"'\\" : " \t\r\n&,;\"'<>)}]\\";
        hide(begin, std::min(text_.find_first_of(ends, begin), text_.size()));
    }

    /// `quote` is the opening quote, before which `level` backslashes stand when JSON is quoted
    /// inside JSON.
    std::size_t end_of_quoted(std::size_t quote, std::size_t level) const {
        for (auto end = text_.find(text_[quote], quote + 1); end != std::string_view::npos;
             end = text_.find(text_[quote], end + 1)) {
            std::size_t backslashes = 0;
            while (text_[end - 1 - backslashes] == '\\') {
                ++backslashes;
            }
            if (level == 0 ? backslashes % 2 == 0 : backslashes <= level) {
                return end - std::min(backslashes, level);
            }
        }
        return text_.size();
    }

    template <class Predicate>
    std::size_t skip_while(std::size_t from, Predicate predicate) const {
        while (from < text_.size() && predicate(text_[from])) {
            ++from;
        }
        return from;
    }

    /// Goes on behind the hidden part.
    void hide(std::size_t begin, std::size_t end) {
        copy_.hide(begin, end);
        at_ = std::max(at_, end == 0 ? 0 : end - 1);
    }

    std::string_view text_;
    MaskedCopy copy_;
    std::size_t at_ = 0;
};

}  // namespace

void add_log_secret(std::string secret) {
    auto encoded = percent_encode(secret);
    if (encoded != secret) {
        secrets().add(std::move(encoded));
    }
    secrets().add(std::move(secret));
}

std::string redact(std::string text) {
    if (auto masked = secrets().masked(text)) {
        text = *std::move(masked);
    }
    if (auto masked = PatternScan(text).run()) {
        return *std::move(masked);
    }
    return text;
}

}  // namespace trunkline::base
