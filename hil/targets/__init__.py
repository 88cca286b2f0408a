"""The four ways to reach a pump. Only this package of the host knows that one of them is emulated."""
