import js from '@eslint/js'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import layout from './eslint.layout.mjs'

export default tseslint.config(
  { ignores: ['dist', 'build', 'native/build', 'coverage', 'node_modules'] },
  js.configs.recommended,
  { languageOptions: { globals: globals.node } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Indices into tables and typed arrays are in range by construction.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // null is a value of its own here: records say null where there is nothing.
      '@typescript-eslint/prefer-optional-chain': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    },
  },
  // Stand-in servers speak binary protocols.
  { files: ['fixtures/**'], rules: { 'no-control-regex': 'off' } },
  {
    files: ['src/**/*.ts'],
    plugins: { layout },
    rules: {
      'layout/imports-go-down': 'error',
      'max-lines': ['error', 400],
      'no-console': 'error',
    },
  },
  // What passed the privacy gate is made there, and nowhere else.
  {
    files: ['src/**/*.ts'],
    ignores: ['src/privacy/gate.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSAsExpression TSTypeReference[typeName.name=/^Cleared(Record|Run)?$/]',
          message: 'Only the gate clears: see src/privacy/gate.ts.',
        },
      ],
    },
  },
)
