#include "files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace trunkline::httpd {

namespace {

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }
    explicit operator bool() const { return value_ >= 0; }

private:
    int value_;
};

// O_NONBLOCK: opening a FIFO that somebody put there must not hang the server.
constexpr int file_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::shared_ptr<const OpenFile> adopt(Descriptor descriptor, std::string name) {
    struct stat facts{};
    if (!descriptor || ::fstat(descriptor.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return nullptr;
    }
    return std::make_shared<const OpenFile>(
        descriptor.release(),
        std::move(name),
        static_cast<std::uint64_t>(facts.st_size),
        facts.st_mtim
    );
}

// Without O_NOFOLLOW on the way a link inside the folder could lead out of it.
Descriptor open_below(const Descriptor& folder, std::string_view relative, std::string& name) {
    Descriptor here(::dup(folder.get()));
    while (here && !relative.empty()) {
        const auto slash = std::min(relative.find('/'), relative.size());
        name.assign(relative.substr(0, slash));
        relative.remove_prefix(std::min(slash + 1, relative.size()));
        const int flags = relative.empty() ? file_flags : O_PATH | O_DIRECTORY | O_CLOEXEC;
        here = Descriptor(::openat(here.get(), name.c_str(), flags | O_NOFOLLOW));
    }
    return here;
}

bool is_folder(const Descriptor& descriptor) {
    struct stat facts{};
    return ::fstat(descriptor.get(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

}  // namespace

OpenFile::OpenFile(int descriptor, std::string name, std::uint64_t size, std::timespec modified)
    : descriptor_(descriptor), name_(std::move(name)), size_(size), modified_(modified) {}

OpenFile::~OpenFile() { ::close(descriptor_); }

std::shared_ptr<const OpenFile> OpenFile::open(const std::filesystem::path& path) {
    return adopt(Descriptor(::open(path.c_str(), file_flags)), path.filename().string());
}

std::shared_ptr<const OpenFile> OpenFile::open_in(
    const std::filesystem::path& folder, std::string_view relative
) {
    if (relative.ends_with('/')) {
        relative.remove_suffix(1);
    }
    if (!is_safe_relative_path(relative)) {
        return nullptr;
    }
    const Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
        return nullptr;
    }
    std::string name;
    auto found = open_below(root, relative, name);
    if (found && is_folder(found)) {
        name = "index.html";
        found = Descriptor(::openat(found.get(), name.c_str(), file_flags | O_NOFOLLOW));
    }
    return adopt(std::move(found), std::move(name));
}

std::string OpenFile::etag() const {
    return fmt::format(
        "\"{:x}-{:x}{:08x}\"",
        size_,
        static_cast<std::uint64_t>(modified_.tv_sec),
        static_cast<std::uint64_t>(modified_.tv_nsec)
    );
}

std::size_t OpenFile::read(std::uint64_t offset, std::span<char> out) const {
    const auto got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool is_safe_relative_path(std::string_view path) {
    if (path.empty()) {
        return true;
    }
    if (path.find('\\') != std::string_view::npos || path.find('\0') != std::string_view::npos) {
        return false;
    }
    while (true) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (part.empty() || part.front() == '.') {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

std::string content_type_of(std::string_view name) {
    struct Type {
        std::string_view ending;
        std::string_view type;
    };
    static constexpr Type types[] = {
        {"html", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"txt", "text/plain; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"xml", "application/xml"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"ico", "image/x-icon"},
        {"woff2", "font/woff2"},
        {"woff", "font/woff"},
        {"wasm", "application/wasm"},
        {"pdf", "application/pdf"},
        {"wav", "audio/wav"},
        {"mp3", "audio/mpeg"},
        {"ogg", "audio/ogg"},
        {"opus", "audio/ogg"},
        {"m4a", "audio/mp4"},
        {"gsm", "audio/gsm"},
    };
    const auto dot = name.rfind('.');
    const auto ending = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
    for (const auto& type : types) {
        if (base::equals_ignoring_case(type.ending, ending)) {
            return std::string(type.type);
        }
    }
    return "application/octet-stream";
}

namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (header.size() < unit.size() ||
        !base::equals_ignoring_case(header.substr(0, unit.size()), unit)) {
        return std::nullopt;
    }
    const auto range = base::trim(header.substr(unit.size()));
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = parse_number(range.substr(0, dash));
    const auto last = parse_number(range.substr(dash + 1));
    if (dash == 0) {
        if (!last) {
            return std::nullopt;
        }
        const auto length = std::min(*last, size);
        return ByteRange{size - length, size - 1, length != 0};
    }
    if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) {
        return std::nullopt;
    }
    const auto end = size == 0 ? 0 : size - 1;
    return ByteRange{*first, std::min(last.value_or(end), end), *first < size};
}

bool matches_etag(std::string_view list, std::string_view etag) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        auto tag = base::trim(list.substr(0, comma));
        if (tag.starts_with("W/")) {
            tag.remove_prefix(2);
        }
        if (tag == "*" || tag == etag) {
            return true;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

namespace {

bool is_unchanged(
    const Headers& headers, std::string_view etag, std::optional<std::time_t> modified
) {
    if (headers.contains("If-None-Match")) {
        return !etag.empty() && matches_etag(headers.find("If-None-Match"), etag);
    }
    const auto since = parse_http_date(headers.find("If-Modified-Since"));
    return since && modified && *modified <= *since;
}

// A range of a file that has changed since would be glued to the old part.
bool is_range_wanted(
    const Headers& headers, std::string_view etag, std::optional<std::time_t> modified
) {
    const auto condition = headers.find("If-Range");
    if (condition.empty() || condition == etag) {
        return true;
    }
    const auto date = parse_http_date(condition);
    return date && modified && *date == *modified;
}

}  // namespace

FilePlan plan_file(
    const Headers& headers,
    std::uint64_t size,
    std::string_view etag,
    std::optional<std::time_t> modified
) {
    if (is_unchanged(headers, etag, modified)) {
        return {304, 0, 0, {}};
    }
    const auto header = headers.find("Range");
    if (header.empty() || !is_range_wanted(headers, etag, modified)) {
        return {200, 0, size, {}};
    }
    const auto range = parse_range(header, size);
    if (!range) {
        return {200, 0, size, {}};
    }
    if (!range->is_satisfiable) {
        return {416, 0, 0, fmt::format("bytes */{}", size)};
    }
    return {
        206,
        range->first,
        range->last - range->first + 1,
        fmt::format("bytes {}-{}/{}", range->first, range->last, size),
    };
}

namespace {

constexpr std::array<std::string_view, 7> day_names = {
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
};
constexpr std::array<std::string_view, 12> month_names = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

}  // namespace

std::string format_http_date(std::time_t time) {
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        day_names[static_cast<std::size_t>(parts.tm_wday)],
        parts.tm_mday,
        month_names[static_cast<std::size_t>(parts.tm_mon)],
        parts.tm_year + 1900,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec
    );
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
    // Only the one form that senders must produce: `Sun, 06 Nov 1994 08:49:37 GMT`.
    if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") {
        return std::nullopt;
    }
    const auto month = std::ranges::find(month_names, text.substr(8, 3));
    const auto day = parse_number(text.substr(5, 2));
    const auto year = parse_number(text.substr(12, 4));
    const auto hour = parse_number(text.substr(17, 2));
    const auto minute = parse_number(text.substr(20, 2));
    const auto second = parse_number(text.substr(23, 2));
    if (month == month_names.end() || !day || !year || !hour || !minute || !second) {
        return std::nullopt;
    }
    std::tm parts{};
    parts.tm_mday = static_cast<int>(*day);
    parts.tm_mon = static_cast<int>(month - month_names.begin());
    parts.tm_year = static_cast<int>(*year) - 1900;
    parts.tm_hour = static_cast<int>(*hour);
    parts.tm_min = static_cast<int>(*minute);
    parts.tm_sec = static_cast<int>(*second);
    return ::timegm(&parts);
}

}  // namespace trunkline::httpd
