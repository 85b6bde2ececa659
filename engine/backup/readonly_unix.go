//go:build !windows

package backup

import (
	"errors"
	"syscall"
)

// isReadOnly reports that a file system, or what it stands on, takes nothing: mounted read-only, or a share that is gone.
func isReadOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ESTALE) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOTCONN)
}
