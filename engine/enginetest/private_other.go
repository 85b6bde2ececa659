//go:build !linux

package enginetest

import "testing"

// PrivateEngine is a Docker engine of one test's own, which it may kill. There are none but on Linux.
type PrivateEngine struct{ Engine }

// Private skips the test: dockerd runs on Linux only.
func Private(t testing.TB) *PrivateEngine {
	t.Helper()
	t.Skip("an engine of its own needs Linux")
	return nil
}

// PrivateBeside skips the test too.
func PrivateBeside(t testing.TB) *PrivateEngine {
	t.Helper()
	return Private(t)
}

// PrivateWithDisk skips the test too.
func PrivateWithDisk(t testing.TB, _ string) *PrivateEngine {
	t.Helper()
	return Private(t)
}

// Start does nothing.
func (*PrivateEngine) Start() {}

// Kill does nothing.
func (*PrivateEngine) Kill() {}

// Stop does nothing.
func (*PrivateEngine) Stop() {}
