package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/readahead"

	"berth/engine/fault"
)

// Bounds of what is believed. A backup of Berth comes nowhere near them.
const (
	maxManifest = 1 << 20
	maxWindow   = 64 << 20 // memory of the decoder
	maxParts    = 16
	maxName     = 4096     // of a file with its folders, and of a link's target: what Linux takes
	maxLinks    = 64 << 20 // bytes of the names of symbolic links in one part
)

// damaged is a file that is not, or no longer, a backup. What says what was found.
func damaged(path, what string) error {
	return &fault.Error{
		Kind: fault.BadInput, Op: "read the backup " + path, Why: what,
		Remedy: "Nothing was changed. Use another backup.",
	}
}

// Reader reads a backup from its beginning. Close it.
type Reader struct {
	path     string
	file     *os.File
	zstd     *zstd.Decoder
	tape     *tape // what tar reads
	tar      *tar.Reader
	Manifest Manifest
	Size     int64 // of the file, in bytes
	read     *countingReader
}

// Open opens a backup and reads its manifest. The parts are not looked at; see Verify.
func Open(name string) (*Reader, error) {
	file, err := os.Open(name) //nolint:gosec // the file that the person chose
	if isGone(err) {
		return nil, unread(name, err)
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.BadInput, Op: "open the backup " + name, Err: err, Remedy: "Choose a file that you may read."}
	}
	r := &Reader{path: name, file: file}
	if err := r.begin(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) begin() error {
	info, err := r.file.Stat()
	if err != nil {
		return unread(r.path, err)
	}
	if info.Mode()&os.ModeType != 0 {
		return damaged(r.path, "it is not a file")
	}
	r.Size = info.Size()
	r.read = &countingReader{from: r.file}
	r.zstd, err = zstd.NewReader(r.read, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1)) // 1: it reads when it is read, and not in a goroutine of its own
	if err != nil {
		return err
	}
	r.tape = &tape{r.zstd}
	r.tar = tar.NewReader(r.tape)
	return r.readManifest()
}

func (r *Reader) readManifest() error {
	header, err := r.tar.Next()
	if err != nil {
		return r.broken("it is not a backup of Berth, or was never finished")
	}
	if header.Name != manifestName || header.Typeflag != tar.TypeReg || header.Size > maxManifest {
		return damaged(r.path, "it does not begin with a manifest")
	}
	text, err := io.ReadAll(io.LimitReader(r.tar, maxManifest))
	if err != nil {
		return r.broken("its manifest cannot be read: " + err.Error())
	}
	m, err := parseManifest(text)
	if err != nil {
		return damaged(r.path, err.Error())
	}
	r.Manifest = m
	if size := m.Size(); r.Size < leastSize(size) {
		return damaged(r.path, fmt.Sprintf("%d bytes of file claim to hold %d", r.Size, size))
	}
	return nil
}

// parseManifest reads a manifest that may be anybody's.
func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("its manifest is damaged: %w", err)
	}
	switch {
	case m.Format > Format:
		return m, fmt.Errorf("a newer Berth wrote it (format %d, this one knows %d); update Berth", m.Format, Format)
	case m.Format < 1:
		return m, errors.New("its manifest names no format")
	case len(m.Parts) > maxParts:
		return m, fmt.Errorf("its manifest names %d parts", len(m.Parts))
	}
	seen := map[string]bool{}
	for _, p := range m.Parts {
		if p.Role == "" || strings.ContainsAny(p.Role, "./\\") || seen[p.Role] {
			return m, fmt.Errorf("its manifest names a part %q", p.Role)
		}
		seen[p.Role] = true
		if p.Bytes < 0 || p.Bytes > 1<<50 || len(p.SHA256) != 2*sha256.Size {
			return m, fmt.Errorf("its manifest says no size or checksum of %s", p.Role)
		}
	}
	return m, nil
}

// Close closes the file.
func (r *Reader) Close() {
	if r.zstd != nil {
		r.zstd.Close()
	}
	_ = r.file.Close()
}

// tape is what is unpacked, by whoever does that.
type tape struct{ io.Reader }

// How much is unpacked ahead of what is checked and used.
const (
	aheadPieces = 4
	aheadSize   = 256 << 10 // bytes of each
)

// Each calls do with each part's tar, in the order of the manifest, and checks length and checksum of each. Do need not
// read to the end; what it left is read and checked all the same. Told is called with the bytes of the file that were read, on another
// goroutine, which has ended when Each returns: it unpacks what comes next while this is checked and used.
func (r *Reader) Each(ctx context.Context, told func(int64), do func(Part, io.Reader) error) error {
	r.read.ctx, r.read.told = ctx, told
	ahead, err := readahead.NewReaderSize(r.tape.Reader, aheadPieces, aheadSize)
	if err != nil {
		return err
	}
	defer func() { _ = ahead.Close() }()
	r.tape.Reader = ahead
	for _, part := range r.Manifest.Parts {
		p := &partReader{from: r, part: part, sum: sha256.New()}
		if err := do(part, p); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, p); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if sum := hex.EncodeToString(p.sum.Sum(nil)); sum != part.SHA256 {
			return damaged(r.path, fmt.Sprintf("the checksum of its %s is wrong", part.Role))
		}
	}
	switch header, err := r.tar.Next(); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil:
		return damaged(r.path, fmt.Sprintf("it holds %q, of which the manifest says nothing", header.Name))
	case !errors.Is(err, io.EOF):
		return r.broken("its end is missing or damaged")
	}
	return nil
}

// partReader is one part put together from its pieces.
type partReader struct {
	from *Reader
	part Part
	sum  interface {
		io.Writer
		Sum([]byte) []byte
	}
	n     int   // pieces begun
	left  int64 // of the piece
	total int64
	err   error
}

func (p *partReader) Read(buf []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.next(buf)
	p.err = err
	return n, err
}

func (p *partReader) next(buf []byte) (int, error) {
	if p.left == 0 {
		if p.total == p.part.Bytes {
			return 0, io.EOF
		}
		header, err := p.from.tar.Next()
		if p.from.read.ctx != nil && p.from.read.ctx.Err() != nil {
			return 0, context.Cause(p.from.read.ctx)
		}
		if err != nil {
			return 0, p.from.broken(fmt.Sprintf("it ends in the middle of its %s", p.part.Role))
		}
		if header.Name != pieceName(p.part.Role, p.n) || header.Typeflag != tar.TypeReg || header.Size <= 0 {
			return 0, damaged(p.from.path, fmt.Sprintf("where its %s should go on it holds %q", p.part.Role, header.Name))
		}
		p.n++
		p.left = header.Size
		if p.total+p.left > p.part.Bytes {
			return 0, damaged(p.from.path, fmt.Sprintf("its %s is larger than its manifest says", p.part.Role))
		}
	}
	if int64(len(buf)) > p.left {
		buf = buf[:p.left]
	}
	n, err := p.from.tar.Read(buf)
	_, _ = p.sum.Write(buf[:n]) // a hash takes everything
	p.left -= int64(n)
	p.total += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err != nil {
		if ctx := p.from.read.ctx; ctx != nil && ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		return n, p.from.broken(fmt.Sprintf("its %s cannot be read: %v", p.part.Role, err))
	}
	return n, nil
}

// countingReader tells how much was read, and ends with its context.
type countingReader struct {
	from   io.Reader
	ctx    context.Context //nolint:containedctx // of the one call of Each that is under way
	n      int64
	told   func(int64)
	failed error // why from gives no more, but for its end
}

func (c *countingReader) Read(p []byte) (int, error) {
	if c.ctx != nil && c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
	}
	c.n += int64(n)
	if c.told != nil {
		c.told(c.n)
	}
	return n, err
}

// Verify reads the whole file and refuses it, with what was found, unless every part is as its manifest says and everything
// in it stays inside the volume it is for. It changes nothing.
func Verify(ctx context.Context, name string, told func(int64)) (Manifest, error) {
	r, err := Open(name)
	if err != nil {
		return Manifest{}, err
	}
	defer r.Close()
	err = r.Each(ctx, told, func(p Part, tape io.Reader) error {
		if found := CheckTar(tape); found != nil {
			var known *fault.Error
			if errors.As(found, &known) || ctx.Err() != nil {
				return found
			}
			return damaged(name, fmt.Sprintf("in its %s: %v", p.Role, found))
		}
		return nil
	})
	return r.Manifest, err
}

// CheckTar reads a tar and says what in it would reach outside of the folder it is unpacked in, or is no file of an ordinary
// user: absolute names, "..", entries below a symbolic link, hard links that lead out, devices.
//
// A symbolic link itself may point anywhere: it is data, nothing is written through it, and volumes are full of such that
// lead into the image (a Python environment's python). Pipes are kept for the same reason.
func CheckTar(tape io.Reader) error {
	links := map[string]bool{} // symbolic links so far
	named := 0                 // bytes of their names
	in := tar.NewReader(tape)
	for n := 0; ; n++ {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("entry %d cannot be read: %w", n+1, err)
		}
		name, err := inside(h.Name)
		if err != nil {
			return err
		}
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			if links[folder] {
				return fmt.Errorf("%q lies below the symbolic link %q", h.Name, folder)
			}
		}
		if name == "." && h.Typeflag != tar.TypeDir {
			return fmt.Errorf("%q stands in place of the volume itself", h.Name)
		}
		if h.Typeflag == tar.TypeReg && strings.HasSuffix(h.Name, "/") {
			return fmt.Errorf("%q is a file with the name of a folder", h.Name)
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeDir, tar.TypeFifo, tar.TypeGNUSparse:
			if links[name] {
				return fmt.Errorf("%q would be written through the symbolic link of that name", h.Name)
			}
		case tar.TypeSymlink:
			if len(h.Linkname) > maxName {
				return fmt.Errorf("the target of %q is too long", h.Name)
			}
			links[name] = true
			if named += len(name); named > maxLinks {
				return errors.New("it holds more symbolic links than can be checked")
			}
		case tar.TypeLink:
			target, err := inside(h.Linkname)
			if err != nil {
				return fmt.Errorf("the hard link %q leads out: %w", h.Name, err)
			}
			for folder := target; folder != "."; folder = path.Dir(folder) {
				// A hard link to a symbolic link itself is fine.
				if links[folder] && folder != target {
					return fmt.Errorf("the hard link %q leads through the symbolic link %q", h.Name, folder)
				}
			}
			if links[target] {
				links[name] = true
				if named += len(name); named > maxLinks {
					return errors.New("it holds more symbolic links than can be checked")
				}
			}
		case tar.TypeChar, tar.TypeBlock:
			return fmt.Errorf("%q is a device", h.Name)
		default:
			return fmt.Errorf("%q is of the unknown type %q", h.Name, h.Typeflag)
		}
	}
}

// inside cleans a name, and refuses one that leads out of the folder.
func inside(name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("an entry has no name")
	case len(name) > maxName:
		return "", errors.New("an entry's name is too long")
	case strings.HasPrefix(name, "/"):
		return "", fmt.Errorf("%q is an absolute path", name)
	}
	for _, word := range strings.Split(name, "/") {
		if word == ".." {
			return "", fmt.Errorf("%q leads out of the volume", name)
		}
	}
	return path.Clean(name), nil
}
