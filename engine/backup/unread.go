package backup

import (
	"fmt"
	"path/filepath"

	"berth/engine/fault"
)

// broken is what is wrong with a file of which something cannot be read: what it lies on, where that is it, else what was found
// in it.
func (r *Reader) broken(found string) error {
	if r.read.failed != nil {
		return unread(r.path, r.read.failed)
	}
	return damaged(r.path, found)
}

// unread is a file of which the system gives no more, which says nothing of what is in it.
func unread(path string, err error) error {
	f := &fault.Error{
		Kind: fault.BadInput, Op: "read the backup " + path, Err: err, Action: fault.Retry, Remedy: "Nothing was changed. Use another backup.",
	}
	if isGone(err) {
		f.Why = fmt.Sprintf("what %s is on does not answer any more", filepath.Dir(path))
		f.Remedy = "Nothing was changed. Connect that disk or network share again, then try again."
	}
	return f
}
