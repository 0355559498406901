{
  'variables': {
    # Warnings are errors where the project is developed, not where it is installed.
    'strict%': '<!(node -p "process.env.WEIR_STRICT ? \'-Werror\' : \'-Wno-error\'")',
    'lto%': '<!(node native/addon/lto.mjs)',
  },
  'targets': [
    {
      'target_name': 'weir',
      'sources': [
        '<!@(node native/addon/sources.mjs)',
      ],
      'include_dirs': [
        'native/include',
        'native/core',
        'native/crypto',
        'native/capture',
        'native/addon',
        'native/linux',
      ],
      'defines': ['NAPI_VERSION=9', '_GNU_SOURCE'],
      'cflags': [
        '-std=c11', '-O3', '-fvisibility=hidden',
        '-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '<(strict)',
        # A guess of gcc's that -O3 makes wrong; the sanitized tests and clang are asked instead.
        '-Wno-maybe-uninitialized',
      ],
      'conditions': [
        ['OS=="linux" and lto==1', {'cflags': ['-flto=auto'], 'ldflags': ['-O3', '-flto=auto']}],
      ],
      'xcode_settings': {
        'GCC_C_LANGUAGE_STANDARD': 'c11',
        'GCC_OPTIMIZATION_LEVEL': '3',
      },
    },
  ],
}
