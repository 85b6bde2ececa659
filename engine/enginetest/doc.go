// Package enginetest gives tests a real engine, a real registry, and a proxy in front of either that breaks what passes
// through it. There is no mock of Docker in Berth: a fault is injected where it happens.
//
// The engines and the registry that tests share are started by scripts/testbed, which hands their addresses over in
// BERTH_TEST_HOST, BERTH_TEST_PODMAN and BERTH_TEST_REGISTRY; without them a test is skipped with that reason. Nothing
// but tests imports this package.
package enginetest
