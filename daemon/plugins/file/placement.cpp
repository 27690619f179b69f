#include "daemon/plugins/file/placement.hpp"

#include "core/base/error.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <random>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace batch::file {

namespace fs = std::filesystem;

namespace {

constexpr const char* attribute = "user.batch.item";
constexpr mode_t file_mode = 0666;  // what is delivered is the user's, so the umask rules
constexpr int most_suffixes = 10'000;
constexpr std::size_t piece = std::size_t{1} << 20;

std::string temporary_name() {
    static std::random_device random;
    return fmt::format(".batch-{:08x}{:08x}.tmp", random(), random());
}

void check(bool done, const std::string& name) {
    if (!done) {
        throw system_error(fmt::format("deliver \"{}\"", name), errno);
    }
}

/// "Ada (2).pdf"; the text before the number is cut if the name would be too long.
std::string with_suffix(const std::string& file, int number) {
    const auto dot = file.rfind('.');
    const bool has_extension = dot != std::string::npos && dot > 0;
    std::string stem = file.substr(0, has_extension ? dot : std::string::npos);
    const std::string end =
        fmt::format(" ({}){}", number, has_extension ? file.substr(dot) : std::string{});
    if (stem.size() + end.size() > longest_part) {
        stem.resize(longest_part - std::min(longest_part, end.size()));
        while (!stem.empty() && (static_cast<unsigned char>(stem.back()) & 0xC0U) == 0x80U) {
            stem.pop_back();  // never half a character
        }
    }
    return stem + end;
}

void copy_by_hand(int from, int to, const std::string& name) {
    std::string buffer(piece, '\0');
    for (;;) {
        const ssize_t count = ::read(from, buffer.data(), buffer.size());
        check(count >= 0, name);
        if (count == 0) {
            return;
        }
        write_all(to, std::string_view{buffer}.substr(0, static_cast<std::size_t>(count)));
    }
}

/// The file system copies, or only refers to the same blocks, where it can.
void copy(int from, int to, const std::string& name) {
    for (;;) {
        const ssize_t count = ::copy_file_range(from, nullptr, to, nullptr, piece << 10, 0);
        if (count == 0) {
            return;
        }
        if (count < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                          errno == EOPNOTSUPP || errno == EPERM)) {
            copy_by_hand(from, to, name);
            return;
        }
        check(count > 0, name);
    }
}

/// Absent if the file has none, or the file system knows none.
std::optional<std::string> mark_of(int fd) {
    std::array<char, 256> buffer{};
    const ssize_t size = ::fgetxattr(fd, attribute, buffer.data(), buffer.size());
    if (size < 0) {
        return std::nullopt;
    }
    return std::string{buffer.data(), static_cast<std::size_t>(size)};
}

Fd open_existing(int folder, const std::string& name) {
    return Fd{::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
}

std::string_view batch_of(std::string_view key) {
    return key.substr(0, key.rfind('/'));
}

}  // namespace

Placement::Placement(std::shared_ptr<const Root> root, Order order)
    : root_{std::move(root)},
      order_{std::move(order)},
      folder_{root_->open_folder(order_.name)},
      file_{open_file()} {
    try {
        write_content();
        mark();
    } catch (...) {
        if (!temporary_.empty()) {
            ::unlinkat(folder_.get(), temporary_.c_str(), 0);  // the destructor will not run
        }
        throw;
    }
}

/// Without a name, open(2) O_TMPFILE; with one where the file system knows no such files.
Fd Placement::open_file() {
    static const bool can_link = ::access("/proc/self/fd", X_OK) == 0;  // for link_to()
    if (can_link) {
        Fd unnamed{::openat(folder_.get(), ".", O_RDWR | O_TMPFILE | O_CLOEXEC, file_mode)};
        if (unnamed) {
            return unnamed;
        }
    }
    std::string name = temporary_name();
    Fd named{::openat(folder_.get(), name.c_str(),
                      O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file_mode)};
    check(static_cast<bool>(named), order_.name.full());
    temporary_ = std::move(name);
    return named;
}

/// False if the name is taken.
bool Placement::link_to(const std::string& name) const {
    const std::string itself = fmt::format("/proc/self/fd/{}", file_.get());
    if (::linkat(AT_FDCWD, itself.c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return true;
    }
    check(errno == EEXIST, order_.name.full());
    return false;
}

Placement::~Placement() {
    if (folder_ && !temporary_.empty()) {
        ::unlinkat(folder_.get(), temporary_.c_str(), 0);
    }
}

void Placement::write_content() const {
    if (order_.source.empty()) {
        write_all(file_.get(), order_.text);
    } else {
        const Fd source{::open(order_.source.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
        if (!source) {
            throw system_error(fmt::format("read {}", order_.source.native()), errno);
        }
        copy(source.get(), file_.get(), order_.name.full());
    }
    // The disk begins already, while the next files are written.
    ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

void Placement::mark() {
    marked_ =
        ::fsetxattr(file_.get(), attribute, order_.item_key.data(), order_.item_key.size(), 0) == 0;
}

void Placement::sync() const {
    check(::fsync(file_.get()) == 0, order_.name.full());
}

void Placement::publish() {
    const std::string wanted = order_.name.file;
    for (int number = 2; !rename_free(order_.name.file); ++number) {
        const std::string& taken = order_.name.file;
        if (is_ours(taken)) {
            rename_over(taken);
            return;
        }
        if (order_.on_collision == OnCollision::overwrite && !is_of_this_batch(taken)) {
            rename_over(taken);
            return;
        }
        if (order_.on_collision != OnCollision::suffix || number > most_suffixes) {
            fail_taken();
        }
        order_.name.file = with_suffix(wanted, number);
    }
}

void Placement::sync_folder() const {
    // Some file systems cannot do it for folders and say EINVAL; then there is nothing to do.
    check(::fsync(folder_.get()) == 0 || errno == EINVAL, order_.name.full());
}

std::pair<dev_t, ino_t> Placement::folder_id() const {
    struct stat about {};

    check(::fstat(folder_.get(), &about) == 0, order_.name.full());
    return {about.st_dev, about.st_ino};
}

fs::path Placement::location() const {
    return root_->path() / order_.name.full();
}

/// False if the name is taken.
bool Placement::rename_free(const std::string& to) {
    if (temporary_.empty()) {
        return link_to(to);
    }
    int result =
        ::renameat2(folder_.get(), temporary_.c_str(), folder_.get(), to.c_str(), RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {  // NFS, some FUSE
        result = ::linkat(folder_.get(), temporary_.c_str(), folder_.get(), to.c_str(), 0);
        if (result == 0) {
            ::unlinkat(folder_.get(), temporary_.c_str(), 0);
        }
    }
    if (result != 0 && errno == EEXIST) {
        return false;
    }
    check(result == 0, order_.name.full());
    temporary_.clear();
    return true;
}

void Placement::rename_over(const std::string& to) {
    if (temporary_.empty()) {
        std::string name = temporary_name();
        while (!link_to(name)) {
            name = temporary_name();
        }
        temporary_ = std::move(name);
    }
    if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), to.c_str()) != 0) {
        if (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) {
            fail_taken();
        }
        check(false, order_.name.full());
    }
    temporary_.clear();
}

bool Placement::is_ours(const std::string& existing) const {
    if (!marked_) {
        return has_equal_content(existing);
    }
    const Fd file = open_existing(folder_.get(), existing);
    return file && mark_of(file.get()) == order_.item_key;
}

bool Placement::is_of_this_batch(const std::string& existing) const {
    const Fd file = open_existing(folder_.get(), existing);
    const auto key = file ? mark_of(file.get()) : std::nullopt;
    return key && batch_of(*key) == batch_of(order_.item_key);
}

bool Placement::has_equal_content(const std::string& existing) const {
    const Fd other = open_existing(folder_.get(), existing);

    struct stat there {};

    struct stat here {};

    if (!other || ::fstat(other.get(), &there) != 0 || ::fstat(file_.get(), &here) != 0 ||
        !S_ISREG(there.st_mode) || there.st_size != here.st_size) {
        return false;
    }
    std::string one(piece, '\0');
    std::string two(piece, '\0');
    for (off_t at = 0; at < here.st_size;) {
        const ssize_t got = ::pread(file_.get(), one.data(), one.size(), at);
        if (got <= 0 ||
            ::pread(other.get(), two.data(), static_cast<std::size_t>(got), at) != got ||
            one.compare(0, static_cast<std::size_t>(got), two, 0, static_cast<std::size_t>(got)) !=
                0) {
            return false;
        }
        at += got;
    }
    return true;
}

void Placement::fail_taken() const {
    const bool other_item = is_of_this_batch(order_.name.file);
    throw Error(ErrorKind::conflict,
                fmt::format("\"{}\" is already in {}{}", order_.name.full(), root_->path().native(),
                            other_item ? ", delivered by another item of this batch" : ""))
        .with_code("file_exists");
}

}  // namespace batch::file
