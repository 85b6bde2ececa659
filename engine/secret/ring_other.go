//go:build !linux

package secret

import (
	"context"
	"errors"
	"runtime"

	"github.com/zalando/go-keyring"
)

// reach looks whether the keyring answers.
func reach(ctx context.Context, _ bool) error {
	_, err := limited(ctx, func() (string, error) { return keyring.Get(service, "probe") })
	switch {
	case err == nil, errors.Is(err, keyring.ErrNotFound):
		return nil
	case runtime.GOOS == "windows", runtime.GOOS == "darwin":
		return err // these always have one
	}
	return errNone
}
