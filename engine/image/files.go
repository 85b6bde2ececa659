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

// folder gives what is in a folder, names sorted.
func (f files) folder(name string) ([]entry, error) {
	found, err := fs.ReadDir(f.base, name)
	if err != nil {
		return nil, err
	}
	here := make([]entry, 0, len(found)+len(f.added))
	for at, content := range f.added {
		if path.Dir(at) == name {
			here = append(here, entry{path: at, size: int64(len(content))})
		}
	}
	for _, each := range found {
		at := path.Join(name, each.Name())
		if _, replaced := f.added[at]; replaced {
			continue
		}
		info, err := each.Info()
		if err != nil {
			return nil, err
		}
		here = append(here, entry{path: at, dir: each.IsDir(), size: info.Size(), time: info.ModTime()})
	}
	slices.SortFunc(here, func(a, b entry) int { return strings.Compare(path.Base(a.path), path.Base(b.path)) })
	return here, nil
}

// Open opens a file of the context.
func (f files) Open(name string) (io.ReadCloser, error) {
	name = filepath.ToSlash(name)
	if content, ok := f.added[name]; ok {
		return io.NopCloser(bytes.NewReader(content)), nil
	}
	return f.base.Open(name)
}

// Walk is what BuildKit's file transfer reads the tree with: all of it, or target and what is in it. A folder comes before what
// is in it, and only those on the way to target are read.
func (f files) Walk(ctx context.Context, target string, each fs.WalkDirFunc) error {
	err := f.walk(ctx, ".", path.Clean("/" + filepath.ToSlash(target))[1:], func(one entry) error {
		stat, err := f.stat(one)
		if err != nil {
			return err
		}
		return each(filepath.FromSlash(one.path), &fsutil.DirEntryInfo{Stat: stat}, nil)
	})
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

func (f files) walk(ctx context.Context, folder, target string, each func(entry) error) error {
	entries, err := f.folder(folder)
	if err != nil {
		return err
	}
	for _, one := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if wanted := within(one.path, target); wanted {
			switch err := each(one); {
			case errors.Is(err, fs.SkipDir) && one.dir:
				continue
			case errors.Is(err, fs.SkipDir):
				return nil // the rest of its folder
			case err != nil:
				return err
			}
		} else if !within(target, one.path) {
			continue
		}
		if one.dir {
			if err := f.walk(ctx, one.path, target, each); err != nil {
				return err
			}
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
	out := tar.NewWriter(w)
	err := f.walk(context.Background(), ".", "", func(one entry) error {
		header := &tar.Header{Name: one.path, Mode: int64(one.mode().Perm()), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Size: one.size}
		if one.dir {
			header.Name, header.Typeflag, header.Size = one.path+"/", tar.TypeDir, 0
		}
		if err := out.WriteHeader(header); err != nil || one.dir {
			return err
		}
		return f.copy(out, one.path)
	})
	if err != nil {
		return err
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
