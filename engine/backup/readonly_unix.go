//go:build !windows

package backup

import (
	"errors"
	"syscall"
)

// isReadOnly reports that a file system takes nothing: it is mounted read-only.
func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// isGone reports that what a file system stands on does not answer: a network share that is gone, a disk that was pulled out.
func isGone(err error) bool {
	return errors.Is(err, syscall.ESTALE) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOTCONN) || errors.Is(err, syscall.ECONNABORTED)
}
