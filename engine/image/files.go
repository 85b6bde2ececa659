package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
)

// files is a build context: a file system and files added to it. Everything in it has the same owner and mode whichever
// computer it comes from, so that an engine's build cache is found again.
type files struct {
	base  fs.FS
	added map[string][]byte // by path; the folder of each exists in base
}

// entry is one file or folder of a context.
type entry struct {
	path string
	dir  bool
	size int64
	time time.Time // zero for one that has none, as all that is built into Berth
}

// list gives every entry but the root in the order of a walk: a folder before what is in it, names sorted.
func (f files) list() ([]entry, error) {
	byFolder := map[string][]entry{}
	for name, content := range f.added {
		byFolder[path.Dir(name)] = append(byFolder[path.Dir(name)], entry{path: name, size: int64(len(content))})
	}
	var all []entry
	var walk func(folder string) error
	walk = func(folder string) error {
		found, err := fs.ReadDir(f.base, folder)
		if err != nil {
			return err
		}
		here := byFolder[folder]
		for _, each := range found {
			name := path.Join(folder, each.Name())
			if _, replaced := f.added[name]; replaced {
				continue
			}
			info, err := each.Info()
			if err != nil {
				return err
			}
			here = append(here, entry{path: name, dir: each.IsDir(), size: info.Size(), time: info.ModTime()})
		}
		slices.SortFunc(here, func(a, b entry) int { return strings.Compare(path.Base(a.path), path.Base(b.path)) })
		for _, each := range here {
			all = append(all, each)
			if each.dir {
				if err := walk(each.path); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := walk(".")
	return all, err
}

// Open opens a file of the context.
func (f files) Open(name string) (io.ReadCloser, error) {
	name = filepath.ToSlash(name)
	if content, ok := f.added[name]; ok {
		return io.NopCloser(bytes.NewReader(content)), nil
	}
	return f.base.Open(name)
}

// Walk is what BuildKit's file transfer reads the tree with.
func (f files) Walk(ctx context.Context, target string, each fs.WalkDirFunc) error {
	entries, err := f.list()
	if err != nil {
		return err
	}
	target = path.Clean("/" + filepath.ToSlash(target))[1:]
	skipped := "" // folder whose content is not wanted
	for _, one := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !within(one.path, target) || skipped != "" && within(one.path, skipped) {
			continue
		}
		stat, err := f.stat(one)
		if err != nil {
			return err
		}
		err = each(filepath.FromSlash(one.path), &fsutil.DirEntryInfo{Stat: stat}, nil)
		switch {
		case errors.Is(err, fs.SkipAll):
			return nil
		case errors.Is(err, fs.SkipDir) && one.dir:
			skipped = one.path
		case errors.Is(err, fs.SkipDir):
			skipped = path.Dir(one.path)
		case err != nil:
			return err
		}
	}
	return nil
}

// within reports whether name is folder or lies in it; everything lies in "".
func within(name, folder string) bool {
	return folder == "" || name == folder || strings.HasPrefix(name, folder+"/")
}

func (e entry) mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// stat is what BuildKit is told of an entry. It keeps the files of the last build, and fetches only those whose size or time
// is another: one that has no time is given one, in the first second of 1970, that its content decides.
func (f files) stat(e entry) (*types.Stat, error) {
	stat := &types.Stat{Path: filepath.FromSlash(e.path), Mode: uint32(e.mode()), ModTime: time.Unix(0, 0).UnixNano()}
	if e.dir {
		return stat, nil
	}
	stat.Size = e.size
	if !e.time.IsZero() {
		stat.ModTime = e.time.UnixNano()
		return stat, nil
	}
	sum := fnv.New64a()
	if err := f.copy(sum, e.path); err != nil {
		return nil, err
	}
	stat.ModTime = int64(sum.Sum64() % uint64(time.Second)) //nolint:gosec // less than a second
	return stat, nil
}

// tar writes the context as the classic builder takes it, file by file.
func (f files) tar(w io.Writer) error {
	entries, err := f.list()
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	for _, one := range entries {
		header := &tar.Header{Name: one.path, Mode: int64(one.mode().Perm()), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Size: one.size}
		if one.dir {
			header.Name, header.Typeflag, header.Size = one.path+"/", tar.TypeDir, 0
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if !one.dir {
			if err := f.copy(out, one.path); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

func (f files) copy(w io.Writer, name string) error {
	file, err := f.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	_, err = io.Copy(w, file)
	return err
}
